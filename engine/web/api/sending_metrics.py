"""The numbers of /metrics about pace and late work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from engine.clock import DAY
from engine.config import Config
from engine.reports.late import late, refused, unknown
from engine.reports.paces import paces
from models import Shop

KINDS = ("clock", "relay", "orders", "overdue", "leases", "unknown", "refusals")


def sending_metrics(config: Config, now: int) -> Iterator[Metric]:
    """Yields how fast mail goes to each provider, how much waits for it, and what is late; worked out when asked."""
    pace = GaugeMetricFamily(
        "regulars_pace_a_minute", "mails a minute that may go now; -1: no limit", labels=["provider"]
    )
    share = GaugeMetricFamily(
        "regulars_pace_share",
        "of the configured pace, 1 where nobody asked to slow down",
        labels=["provider"],
    )
    waiting = GaugeMetricFamily(
        "regulars_mail_waiting", "mails queued or put off, by provider", labels=["provider"]
    )
    for each in paces(config, now):
        pace.add_metric([each.group], -1 if each.a_minute is None else each.a_minute)
        share.add_metric([each.group], each.share)
        waiting.add_metric([each.group], each.waiting)
    yield from (pace, share, waiting, _overdue(config, now))


def _overdue(config: Config, now: int) -> Metric:
    found: Counter[str] = Counter()
    for (shop,) in Shop.select(Shop.id).tuples():
        for trouble in (
            *late(shop, now, config),
            *unknown(shop, now, DAY),
            *refused(shop, now, config.rules.refusals),
        ):
            found[trouble.kind] += trouble.count
    late_work = GaugeMetricFamily(
        "regulars_overdue", "work that is late, as the watchdog finds it", labels=["kind"]
    )
    for kind in KINDS:
        late_work.add_metric([kind], found[kind])
    return late_work
