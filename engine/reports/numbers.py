"""How many fell due, were sent, held, refused or expired in a stretch, and for which reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import Case, fn

from engine.reports.stretch import Stretch
from models import Decision, Hold, Message


@dataclass(frozen=True, slots=True)
class Numbers:
    """What became of candidates and mails; an anchor that was held and then sent counts in both."""

    due: int = 0
    sent: int = 0
    held: int = 0
    refused: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """So many anchors were held, refused or expired for one reason."""

    outcome: str
    reason: str
    count: int


def within(shop_id: int, stretch: Stretch) -> Any:
    """Returns the condition that a decision of the shop was made in the stretch."""
    return (Decision.shop == shop_id) & (Decision.at >= stretch.start_at) & (Decision.at < stretch.end_at)


def numbers(shop_id: int, stretch: Stretch) -> Numbers:
    """Counts what happened in the stretch; `sent` are mails that a server took, the rest are anchors."""
    anchors = (
        Decision.select(
            *(
                fn.MAX(Case(None, ((Decision.outcome == name, 1),), 0)).alias(name)
                for name in ("hold", "refuse", "expire")
            )
        )
        .where(within(shop_id, stretch))
        .group_by(Decision.rule, Decision.customer, Decision.anchor)
        .alias("anchors")
    )
    columns = (
        fn.COUNT(1),
        *(fn.COALESCE(fn.SUM(anchors.c[name]), 0) for name in ("hold", "refuse", "expire")),
    )
    due, held, refused, expired = Decision._meta.database.execute(anchors.select_from(*columns)).fetchone()
    return Numbers(int(due), sent_in(shop_id, stretch), int(held), int(refused), int(expired))


def sent_in(shop_id: int, stretch: Stretch) -> int:
    """Counts the mails that a server took in the stretch."""
    settled = (Message.settled_at >= stretch.start_at) & (Message.settled_at < stretch.end_at)
    return int(
        Message.select().where((Message.shop == shop_id) & (Message.state == "sent") & settled).count()
    )


def reasons(shop_id: int, stretch: Stretch, rule: str | None = None) -> list[ReasonCount]:
    """Counts anchors by what became of them and why, the most frequent first; of one rule where it is named."""
    asked = within(shop_id, stretch) & (Decision.outcome != "send")
    if rule is not None:
        asked &= Decision.rule == rule
    anchors = (
        Decision.select(Decision.outcome, Decision.reason)
        .where(asked)
        .group_by(Decision.outcome, Decision.reason, Decision.rule, Decision.customer, Decision.anchor)
        .alias("anchors")
    )
    counted = anchors.select_from(anchors.c.outcome, anchors.c.reason, fn.COUNT(1)).group_by(
        anchors.c.outcome, anchors.c.reason
    )
    rows = [
        ReasonCount(o, reason or "", n)
        for o, reason, n in Decision._meta.database.execute(counted).fetchall()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.outcome, row.reason))


def waiting_now(shop_id: int) -> int:
    """Counts what is held at this moment."""
    return int(Hold.select().where(Hold.shop == shop_id).count())


def sent_by_day(shop_id: int, stretch: Stretch) -> dict[str, list[int]]:
    """Counts sent mails of each rule for each day of the stretch, in one query."""
    days = [(Message.settled_at < end, index) for index, end in enumerate(stretch.starts[1:])]
    sent = (Message.shop == shop_id) & (Message.state == "sent")
    within = (Message.settled_at >= stretch.start_at) & (Message.settled_at < stretch.end_at)
    # the day gets its name in a query of its own: PostgreSQL takes two CASEs with parameters for different ones
    dated = (
        Message.select(Message.rule, Case(None, days, len(days)).alias("day"))
        .where(sent & within)
        .alias("dated")
    )
    what = (dated.c.rule, dated.c.day)
    rows = Message._meta.database.execute(dated.select_from(*what, fn.COUNT(1)).group_by(*what)).fetchall()
    found: dict[str, list[int]] = {}
    for rule, index, count in rows:
        found.setdefault(rule, [0] * len(stretch.days))[index] = count
    return found
