"""GET /metrics: a few numbers for Prometheus, cheap to ask and about nobody in particular."""

from __future__ import annotations

from collections.abc import Iterator

from apiflask import APIBlueprint
from flask import Response
from peewee import fn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from engine.clock import SECOND
from engine.web.api.sending_metrics import sending_metrics
from engine.web.app import served
from models import (
    OPEN_STATES,
    Change,
    Cursor,
    Customer,
    Decision,
    Event,
    Hold,
    Message,
    Order,
    RuleState,
    Shop,
)

blueprint = APIBlueprint("metrics", __name__)
EVER = {"orders": Order, "customers": Customer, "events": Event, "messages": Message, "decisions": Decision}


class FromTheTables:
    """Reads the numbers when Prometheus asks; every query is answered from an index or a handful of rows."""

    def collect(self) -> Iterator[Metric]:
        """Yields the numbers of all shops."""
        for name, table in EVER.items():  # the highest id ever given: a count would read the whole table
            last = table.select(fn.COALESCE(fn.MAX(table.id), 0)).scalar()
            yield CounterMetricFamily(
                f"regulars_{name}", f"{name} written since the store was made", value=last
            )
        waiting = GaugeMetricFamily("regulars_messages_waiting", "messages not yet settled", labels=["state"])
        for state in OPEN_STATES:
            waiting.add_metric([state], Message.select().where(Message.state == state).count())
        yield waiting
        yield GaugeMetricFamily("regulars_holds", "candidates held", value=Hold.select().count())
        yield GaugeMetricFamily(
            "regulars_changes", "changes no tick has seen yet", value=Change.select().count()
        )
        yield self._lag()
        yield self._rules()
        yield from sending_metrics(served().config, served().clock.now())

    def _lag(self) -> Metric:
        lag = GaugeMetricFamily("regulars_tick_lag_seconds", "how far the ticks are behind", labels=["shop"])
        now = served().clock.now()
        for shop, at in Cursor.select(Shop.key, Cursor.ticked_at).join(Shop).tuples():
            lag.add_metric([shop], max(0, now - at) / SECOND)
        return lag

    def _rules(self) -> Metric:
        """Counts the rules of which a person should know; a braked one waits for a word."""
        stopped = GaugeMetricFamily(
            "regulars_rules_stopped", "rules that somebody should look at", labels=["why"]
        )
        for why, condition in (
            ("braked", RuleState.braked_at.is_null(False)),
            ("paused", RuleState.paused == True),  # noqa: E712 - a column
            ("broken", RuleState.health == "broken"),
        ):
            acting = condition & (RuleState.active == True)  # noqa: E712 - a column
            stopped.add_metric([why], RuleState.select().where(acting).count())
        return stopped


@blueprint.get("/metrics")
@blueprint.doc(summary="Numbers for Prometheus")
def metrics() -> Response:
    """Answers in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(FromTheTables())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
