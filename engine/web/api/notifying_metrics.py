"""The numbers of /metrics about webhooks out."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from engine.clock import SECOND
from engine.config import Config
from engine.notifying.queue import Whose, backlog
from models import Endpoint, Shop


def notifying_metrics(config: Config, now: int) -> Iterator[Metric]:
    """Yields what waits for each endpoint of config.yaml, since when it fails and whether it is paused; asks nothing without."""
    labels = ["shop", "endpoint"]
    waiting = GaugeMetricFamily(
        "regulars_webhooks_waiting", "events that an endpoint is still to be told", labels=labels
    )
    late = GaugeMetricFamily(
        "regulars_webhooks_late_seconds", "for how long the oldest of them waits", labels=labels
    )
    failing = GaugeMetricFamily(
        "regulars_webhooks_failing_seconds", "for how long an endpoint has taken nothing", labels=labels
    )
    paused = GaugeMetricFamily(
        "regulars_webhooks_paused", "1: the endpoint is paused, and told nothing", labels=labels
    )
    for whose in _endpoints(config):
        name = [whose.shop, whose.settings.name]
        count, oldest = backlog(whose)
        fares = Endpoint.get_or_none(whose.row)
        since = fares.failing_since_at if fares else None
        waiting.add_metric(name, count)
        late.add_metric(name, 0 if oldest is None else max(0, now - oldest) / SECOND)
        failing.add_metric(name, 0 if since is None else max(0, now - since) / SECOND)
        paused.add_metric(name, int(fares is not None and fares.paused_at is not None))
    yield from (waiting, late, failing, paused)


def _endpoints(config: Config) -> Iterator[Whose]:
    named = {shop.shop: shop.endpoints for shop in config.shops if shop.endpoints}
    rows = (
        Shop.select(Shop.id, Shop.key).where(Shop.key.in_(sorted(named))).order_by(Shop.id).tuples()
        if named
        else ()
    )
    for shop_id, key in rows:
        yield from (Whose(shop_id, key, settings) for settings in named[key])
