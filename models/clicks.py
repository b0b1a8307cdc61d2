"""Links of mails whose clicks a rule counts, and who followed them."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, TextField

from models.base import Instant, Table
from models.people import Customer, Shop
from models.sending import Message


class Link(Table):
    """Where a counted link leads: the only place that a click is ever sent on to."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    digest = CharField(max_length=64)  # SHA-256 of the address
    url = TextField()
    # The only customer in whose mails it has stood: it may tell who that is, so it goes with them. None: several.
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE")
    used_at = Instant()  # when it last stood in a mail, to within a day

    class Meta:
        indexes = ((("shop", "digest"), True), (("used_at",), False))


class Click(Table):
    """Somebody, or some program, opened a link of a mail."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    message = ForeignKeyField(Message, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE")
    link = ForeignKeyField(Link, null=True, on_delete="SET NULL")
    at = Instant()
    machine = CharField(
        null=True, max_length=16
    )  # why it was no person; None: a person, as far as can be told
    judged_at = Instant(null=True)  # when that was settled; None: it is too early to tell

    class Meta:
        indexes = ((("message", "at"), False), (("at",), False))


Click.add_index(Click.index(Click.at, where=Click.judged_at.is_null(), name="click_to_judge"))
