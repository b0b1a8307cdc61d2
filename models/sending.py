"""Decisions, what is held, the outbox, and what must never happen twice."""

from __future__ import annotations

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Json, Table
from models.people import Address, Customer, Shop

OPEN_STATES = ("queued", "claimed", "sending", "deferred")
COUNTED_STATES = ("queued", "claimed", "sending", "deferred", "sent", "unknown")  # what caps count


class RulebookVersion(Table):
    """A rulebook as it was published: its content hash and all its texts."""

    digest = CharField(unique=True, max_length=64)
    text = Json()
    author = CharField(null=True)
    published_at = Instant()


class RuleState(Table):
    """Since when a rule of a shop acts in its present wording, how it fares, and the policy's likewise."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    digest = CharField(max_length=64)
    since_at = Instant()  # acts on what falls due from then on
    active = BooleanField(default=True)
    paused = BooleanField(default=False)
    health = CharField(default="ok", max_length=16)  # ok | broken
    error = TextField(null=True)
    version = CharField(null=True, max_length=64)  # of the rulebook
    braked_at = Instant(null=True)  # it wanted more than usual: it waits for a person's word
    released_until_at = Instant(null=True)  # until when that word lets it go beyond its usual volume

    class Meta:
        indexes = ((("shop", "rule"), True),)


class Member(Table):
    """Who is in a segment that a rule watches, as the last tick left it: what entering and leaving is told by."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    segment = CharField(max_length=128)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)

    class Meta:
        indexes = ((("shop", "segment", "customer"), True), (("customer",), False))


class Message(Table):
    """One mail of the outbox, from the decision to its last state."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    address = ForeignKeyField(Address, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    purpose = CharField(max_length=64)
    domain_group = CharField(default="others", max_length=16)  # the mailbox's provider: each has a pace
    template = CharField(max_length=128)
    version = CharField(null=True, max_length=64)  # of the rulebook
    anchors = Json(default=list)  # latest first: what the decision saw of each
    title = CharField(null=True)
    note = TextField(null=True)
    variant = CharField(null=True, max_length=64)
    extra = Json(default=dict)  # the rule's `with`
    state = CharField(max_length=16, default="queued")
    message_id = CharField(unique=True, max_length=128)
    token = CharField(unique=True, max_length=64)  # in its links: 128 random bits
    decided_at = Instant()
    counted_at = Instant()  # from which caps count it
    due_at = Instant()
    expires_at = Instant()
    not_before_at = Instant()  # when to try next
    attempts = IntegerField(default=0)
    tried_at = Instant(null=True)  # first
    claimed_by = CharField(null=True, max_length=64)
    lease_until_at = Instant(null=True)
    sending_at = Instant(null=True)
    settled_at = Instant(null=True)  # sent, refused, cancelled, expired
    reason = CharField(null=True, max_length=64)  # of cancelled, refused, expired, unknown
    reply = TextField(null=True)  # the relay's own words
    subject = TextField(null=True)
    returned = CharField(null=True, max_length=16)  # what came back: hard, soft, policy or spam_report
    returned_at = Instant(null=True)

    class Meta:
        indexes = (
            (("state", "domain_group", "purpose", "not_before_at"), False),
            (("address", "counted_at"), False),
            (("customer", "rule", "counted_at"), False),
            (("shop", "rule", "settled_at"), False),
            (("shop", "settled_at"), False),
        )


class Decision(Table):
    """What became of a candidate, and why; kept for a configured time."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    anchor = CharField(max_length=192)
    anchor_at = Instant()
    due_at = Instant()
    at = Instant()  # decided
    outcome = CharField(max_length=8)  # send | hold | refuse | expire
    reason = CharField(null=True, max_length=32)
    until_at = Instant(null=True)  # holds
    because_of = CharField(null=True)
    taken_by = CharField(null=True, max_length=128)
    values = Json(default=dict)
    version = CharField(null=True, max_length=64)  # of the rulebook
    message = ForeignKeyField(Message, null=True, on_delete="SET NULL", index=False)

    class Meta:
        indexes = (
            (("customer", "at"), False),
            (("shop", "at"), False),
            (("shop", "rule", "at"), False),
            (("message",), False),
        )


class Settlement(Table):
    """An anchor's final decision, once, ever: the key outlives the decision's record."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    anchor = CharField(max_length=192)
    outcome = CharField(max_length=8)  # send | refuse | expire
    at = Instant()
    message = ForeignKeyField(Message, null=True, on_delete="SET NULL", index=False)
    order_id = BigIntegerField(null=True)  # for `once: per order`
    product = CharField(null=True, max_length=128)  # for `once: per product`

    class Meta:
        indexes = ((("customer", "rule", "anchor"), True), (("message",), False))


class Hold(Table):
    """A candidate that waits: asked again at `wake_at`, or when something of the customer is learned."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    rule = CharField(max_length=128)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    anchor = CharField(max_length=192)
    anchor_at = Instant()
    due_at = Instant()
    expires_at = Instant()
    held_at = Instant()  # first
    wake_at = Instant()  # the earlier of what it waits for and its expiry
    reason = CharField(max_length=32)
    because_of = CharField(null=True)
    every_minute = BooleanField(default=False)  # held by a house rule whose end no clock tells

    class Meta:
        indexes = (
            (("customer", "rule", "anchor"), True),
            (("shop", "wake_at"), False),
            (("shop", "rule"), False),
        )


class Change(Table):
    """What became visible and has not been looked at by a tick yet: a queue, emptied row by row.

    Emptying by key cannot skip a row that another transaction commits late, on either database.
    """

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    at = Instant()  # when it happened; 0: it re-dates what is long past (a zone, a birthday, a cancellation)
    recorded_at = Instant()

    class Meta:
        indexes = ((("shop", "recorded_at"), False),)


class Cursor(Table):
    """How far the ticks of a shop have come, and who holds the right to tick."""

    shop = ForeignKeyField(Shop, unique=True, on_delete="CASCADE")
    ticked_at = Instant()  # the last minute that is wholly done
    owner = CharField(null=True, max_length=64)
    epoch = BigIntegerField(default=0)
    lease_until_at = Instant(default=0)
