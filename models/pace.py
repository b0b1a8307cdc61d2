"""How fast mail may go to whom, and which work is overdue."""

from __future__ import annotations

from peewee import CharField, IntegerField, TextField

from models.base import Instant, Table

WHOLE = 1_000  # a share of a pace is told in so many parts


class Pace(Table):
    """A token bucket: how fast mail may go to the mailboxes of one provider, shared by all senders.

    What the bucket holds is kept as the moment at which it will be full again, so that nothing has to refill it.
    """

    domain_group = CharField(unique=True, max_length=16)
    full_at = Instant(default=0)
    share = IntegerField(default=WHOLE)  # of the configured pace, in thousandths, when it was slowed last
    slowed_at = Instant(null=True)
    reply = CharField(
        null=True, max_length=32
    )  # the code that slowed it, never a whole reply: it may name somebody


class Overdue(Table):
    """Work that is late, from the look that found it to the one that does not any more."""

    what = CharField(unique=True, max_length=200)  # the kind, and what it concerns
    said = TextField()
    since_at = Instant()
    seen_at = Instant()
    told_at = Instant(null=True)  # by mail
    over_at = Instant(null=True)  # it has been told of and is over: the next mail says so
