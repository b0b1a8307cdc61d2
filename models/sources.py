"""Where orders come from: how each source of each shop fares."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField, TextField

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
    error = TextField(null=True)  # of the last that was refused or denied
    error_at = Instant(null=True)

    class Meta:
        indexes = ((("shop", "name"), True),)
