"""Who looks at a shop's pages with consent: visitors as digests, their visits, and which pages each visit saw."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField

from models.base import Instant, Table
from models.people import Customer, Shop


class Visitor(Table):
    """A browser that agreed to be known again; of its own number only a digest is kept."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    key = CharField(max_length=72)  # visitor:SHA-256, under which its events stand
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", index=False)
    external_customer = CharField(null=True, max_length=320)  # who it is said to be: id:…, email:…, order:…
    tied_at = Instant(null=True)
    tied_by = CharField(null=True, max_length=16)  # identify | order | click
    at = Instant()  # first seen
    last_at = Instant()

    class Meta:
        indexes = (
            (("shop", "key"), True),
            (("shop", "external_customer"), False),
            (("customer",), False),
            (("last_at",), False),
        )


class Visit(Table):
    """One visit: with what, from where, and where it ended as far as is known."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    visitor = ForeignKeyField(Visitor, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", index=False)
    key = CharField(max_length=32)  # the browser's number of the visit
    at = Instant()  # began
    last_at = Instant()  # last sign of life
    page_at = Instant()  # when the last page was opened or left
    recorded_at = Instant()
    device = CharField(max_length=16)  # phone | tablet | computer
    source = CharField(null=True, max_length=255)  # utm_source, else the site it came from
    medium = CharField(null=True, max_length=100)
    campaign = CharField(null=True, max_length=100)
    first_page = CharField(null=True, max_length=300)
    last_page = CharField(null=True, max_length=300)
    pages = IntegerField(default=0)  # different ones

    class Meta:
        indexes = (
            (("visitor", "key"), True),
            (("customer", "at"), False),
            (("shop", "at"), False),
            (("last_at",), False),
        )


class VisitPage(Table):
    """That a visit saw a page, however often."""

    visit = ForeignKeyField(Visit, on_delete="CASCADE", index=False)
    page = CharField(max_length=300)

    class Meta:
        indexes = ((("visit", "page"), True),)
