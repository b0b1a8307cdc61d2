"""Which rulebook was published when and by whom, what people have done, and how much each rule writes a day."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Table
from models.people import Shop


class Publication(Table):
    """One act of publishing: the newest row names the rulebook that counts. One text may be published again."""

    digest = CharField(max_length=64, index=True)  # of a RulebookVersion
    author = CharField(null=True)  # null: the folder was taken by itself
    note = TextField(null=True)
    published_at = Instant()


class Act(Table):
    """Something that a person did to the server: paused, resumed, released, published. Append-only."""

    at = Instant()
    author = CharField()
    act = CharField(max_length=32)
    what = CharField()  # a rule, a purpose, all, or a version's hash

    class Meta:
        indexes = ((("what", "at"), False),)


class RuleDay(Table):
    """How many mails a rule has decided to send on one day of the shop's calendar: its usual volume in a few rows."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    day = IntegerField()  # date.toordinal()
    mails = IntegerField(default=0)

    class Meta:
        indexes = ((("shop", "rule", "day"), True),)
