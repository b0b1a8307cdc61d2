"""What /metrics tells of returned mail: how each way fares, who is suppressed, and how old the last look into the mailbox is."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import fn
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from engine.clock import SECOND
from models import Address, FeedbackCount, MailboxRead


def feedback_metrics(now: int) -> Iterator[Metric]:
    """Yields the numbers; each from a handful of rows or an index of those concerned alone."""
    told = CounterMetricFamily(
        "regulars_feedback", "reports about mails, by way and by what they were", labels=["source", "what"]
    )
    for source, what, number in FeedbackCount.select(
        FeedbackCount.source, FeedbackCount.what, FeedbackCount.number
    ).tuples():  # fmt: skip
        told.add_metric([source, what], number)
    yield told
    yield _suppressed()
    age = GaugeMetricFamily(
        "regulars_mailbox_age_seconds", "since the mailbox of returned mail was read wholly"
    )
    for (at,) in MailboxRead.select(MailboxRead.read_at).where(MailboxRead.read_at.is_null(False)).tuples():
        age.add_metric([], max(0, now - at) / SECOND)
    yield age


def _suppressed() -> Metric:
    found = GaugeMetricFamily(
        "regulars_addresses_suppressed", "addresses that get no mail, by reason", labels=["reason"]
    )
    rows = Address.select(Address.suppressed_reason, fn.COUNT(1)).where(Address.suppressed_at.is_null(False))
    for reason, count in rows.group_by(Address.suppressed_reason).tuples():
        found.add_metric([reason or "by_hand"], count)
    return found
