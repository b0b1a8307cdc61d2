"""Where orders come from: how each source of each shop fares, and what it sent that could not be kept."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Table
from models.people import Shop


class Source(Table):
    """A shop system that tells of one shop: what came of its messages, and when it was last heard of."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    name = CharField(max_length=32)  # woocommerce, shopify
    accepted = IntegerField(default=0)  # messages that changed something
    unchanged = IntegerField(default=0)  # repeats, and what nothing is done about
    refused = IntegerField(default=0)  # could not be read
    denied = IntegerField(default=0)  # wrongly signed
    last_at = Instant(null=True)  # of the last message that was rightly signed
    last_topic = CharField(null=True, max_length=128)
    lag = BigIntegerField(null=True)  # microseconds from the last change at the shop to its message here
    longest_silence = BigIntegerField(
        null=True
    )  # microseconds between two messages, the longest that there ever was
    error = TextField(null=True)  # of the last that was refused or denied
    error_at = Instant(null=True)
    redact_at = Instant(null=True)  # when every customer of the shop is erased, as the shop system asked

    class Meta:
        indexes = ((("shop", "name"), True),)


class RefusedMessage(Table):
    """A rightly signed message that could not be kept, as it came, so that it can be taken again when that is mended."""

    source = ForeignKeyField(Source, on_delete="CASCADE", index=False)
    at = Instant(index=True)
    topic = CharField(max_length=128)
    body = TextField()
    error = TextField()

    class Meta:
        indexes = ((("source", "at"), False),)


class Pull(Table):
    """A shop system that this server asks by itself: how far it has come, who is at it now, and what came of it."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    name = CharField(max_length=32)  # woocommerce, baselinker
    place = TextField(default="{}")  # where the next question begins, in the connector's own words, as JSON
    owner = CharField(null=True, max_length=128)  # who asks now
    lease_until_at = Instant(default=0)
    next_at = Instant(default=0)  # nobody asks before
    asked_at = Instant(null=True)  # of the last time that all was answered
    brought = IntegerField(default=0)  # messages that changed something: what no webhook had told
    known = IntegerField(default=0)  # messages that were known already
    refused = IntegerField(default=0)  # messages that could not be kept
    brought_at = Instant(null=True)
    lag = BigIntegerField(null=True)  # microseconds from a change at the shop to the answer that brought it
    failures = IntegerField(default=0)  # in a row
    error = TextField(null=True)
    error_at = Instant(null=True)
    note = CharField(null=True, max_length=64)  # what the operator should know: no_journal

    class Meta:
        indexes = ((("shop", "name"), True),)


class Cart(Table):
    """What lies in a cart of a shop system that names it by a token, until it is known whose it is."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    token = CharField(max_length=128)
    email = CharField(null=True, max_length=320, index=True)  # of its owner, as a mailbox is written
    lines = TextField(default="[]")  # JSON: product, brand, quantity, and when it was first seen
    at = Instant(index=True)  # last spoken of

    class Meta:
        indexes = ((("shop", "token"), True),)
