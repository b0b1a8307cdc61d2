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
