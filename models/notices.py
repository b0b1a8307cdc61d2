"""Webhooks out: what endpoints are still to be told, how each of them fares, and whose goals are to be looked at."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Json, Table
from models.people import Customer, Shop


class Endpoint(Table):
    """How an endpoint that config.yaml names has fared."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    name = CharField(max_length=32)
    delivered = IntegerField(default=0)
    failed = IntegerField(default=0)  # attempts
    given_up = IntegerField(default=0)
    last_at = Instant(null=True)  # of the last that was taken
    last_kind = CharField(null=True, max_length=32)
    took = IntegerField(null=True)  # milliseconds
    error = TextField(null=True)  # of the last attempt that failed, in our own words
    error_at = Instant(null=True)
    failures = IntegerField(default=0)  # in a row
    failing_since_at = Instant(null=True)
    rest_until_at = Instant(null=True)  # not asked before
    paused_at = Instant(null=True)
    paused_why = CharField(null=True, max_length=16)  # by_hand | failing | gone

    class Meta:
        indexes = ((("shop", "name"), True),)


class Notice(Table):
    """One thing that one endpoint is to be told; written in the transaction that makes it true."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    endpoint = CharField(max_length=32)
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE")
    number = CharField(max_length=40)  # the receiver knows a repetition by it
    kind = CharField(max_length=32)
    at = Instant()  # when it happened
    facts = Json(default=dict)  # our own numbers and words, and never an address
    recorded_at = Instant()  # from which its days of trying are counted
    state = CharField(max_length=10, default="waiting")  # waiting | trial | delivered | given_up
    attempts = IntegerField(default=0)
    next_at = Instant()  # not before; of a claimed one: when another may take it
    claimed_by = CharField(null=True, max_length=64)
    settled_at = Instant(null=True, index=True)
    status = IntegerField(null=True)  # of the last answer
    error = TextField(null=True)
    once = CharField(null=True, max_length=64)  # what may be told to an endpoint only once

    class Meta:
        indexes = ((("shop", "endpoint", "state", "next_at"), False),)


Notice.add_index(
    Notice.index(
        Notice.shop,
        Notice.endpoint,
        Notice.once,
        unique=True,
        where=Notice.once.is_null(False),
        name="notice_once",
    )
)


class GoalLook(Table):
    """A customer of whom something was learned: a goal may be reached. A queue, emptied row by row."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE")
    recorded_at = Instant(index=True)
