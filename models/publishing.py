"""Which rulebook was published when and by whom, what people have done, and how much each rule writes a day."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Json, Table
from models.people import Shop


class Publication(Table):
    """One act of publishing: the newest row names the rulebook that counts. One text may be published again."""

    digest = CharField(max_length=64, index=True)  # of a RulebookVersion
    author = CharField(null=True)  # null: the folder was taken by itself
    note = TextField(null=True)
    published_at = Instant()


class Act(Table):
    """One line of the audit log: who changed what, or looked at what is guarded. Append-only, and names no customer."""

    at = Instant()
    author = CharField()  # a user of the console, whoever ran a command, or the server itself
    act = CharField(max_length=32)
    what = CharField()  # a rule, a purpose, all, a version's hash, a user, a key's beginning
    channel = CharField(default="", max_length=16)  # console | command | server
    customer_number = BigIntegerField(null=True)  # a number without a name: an erasure leaves it as it is
    detail = Json(
        default=dict
    )  # what else is worth knowing; never a customer's name or address, never a secret

    class Meta:
        indexes = ((("what", "at"), False), (("at",), False))


class RuleDay(Table):
    """How many mails a rule has decided to send on one day of the shop's calendar: its usual volume in a few rows."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    day = IntegerField()  # date.toordinal()
    mails = IntegerField(default=0)

    class Meta:
        indexes = ((("shop", "rule", "day"), True),)
