"""GET /metrics: numbers for Prometheus, cheap to ask and about nobody in particular."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from peewee import fn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from engine.clock import SECOND
from engine.store import Store
from engine.tallies import counted
from engine.web.api.feedback_metrics import feedback_metrics
from engine.web.api.notifying_metrics import notifying_metrics
from engine.web.api.sending_metrics import sending_metrics
from engine.web.app import VERSION, served
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
    Setting,
    Shop,
)

blueprint = APIBlueprint("metrics", __name__)
EVER = {"orders": Order, "customers": Customer, "events": Event, "messages": Message, "decisions": Decision}
# What engine/tallies.py counts: the name here, what it says, and the labels that it is told apart by.
TALLIES = {
    "messages": ("mails", "mails that have come to a state, by state and purpose", ("purpose", "state")),
    "stopped": ("mails_stopped", "mails that did not go, by state and reason or code", ("reason", "state")),
    "decisions": ("decisions_made", "decisions, by outcome and reason", ("outcome", "reason")),
    "rule_changes": ("rule_changes", "changes of rules: new, changed, broken, paused, …", ("change",)),
    "http_responses": ("http_responses", "answers over HTTP, by the hundred of their status", ("status",)),
    "page_events": ("page_events", "what the shops' own pages have told", ()),
    "page_requests_limited": ("page_requests_limited", "too many of them, by what was too much", ("by",)),
    "pruned": ("pruned_rows", "rows that were thrown away, by table", ("table",)),
    "webhooks": ("webhooks", "attempts to tell endpoints, by what became of them", ("outcome",)),
    "prunings": ("prunings", "rounds of throwing away", ()),
    "backups": ("backups", "backups that were taken", ()),
}
LABEL = re.compile(r'(\w+)="([^"]*)"')
LAST_BACKUP = "last_backup_at"
RELAY_AWAY = "relay_away:"


class FromTheTables:
    """Reads the numbers when Prometheus asks; every query is answered from an index or a handful of rows."""

    def __init__(self, store: Store, now: int) -> None:
        self.store, self.now = store, now

    def collect(self) -> Iterator[Metric]:
        """Yields the numbers of all shops."""
        kind = "postgresql" if self.store.postgresql else "sqlite"
        yield _gauge("info", "version and kind of store", {(VERSION, kind): 1}, ("version", "store"))
        for name, table in EVER.items():  # the highest id ever given: a count would read the whole table
            last = table.select(fn.COALESCE(fn.MAX(table.id), 0)).scalar()
            yield CounterMetricFamily(
                f"regulars_{name}", f"{name} written since the store was made", value=last
            )
        for tally, (name, said, labels) in TALLIES.items():
            yield _counter(name, said, counted(tally), labels)
        yield from self._waiting()
        yield _gauge("holds", "candidates held", {(): Hold.select().count()})
        yield _gauge("changes", "changes no tick has seen yet", {(): Change.select().count()})
        yield self._lag()
        yield self._rules()
        yield from self._sending()
        yield from feedback_metrics(self.now)
        yield from notifying_metrics(served().config, self.now)

    def _waiting(self) -> Iterator[Metric]:
        counts, oldest = {}, {}
        for state in OPEN_STATES:
            mine = Message.state == state
            counts[(state,)] = Message.select().where(mine).count()
            due = Message.select(fn.MIN(Message.not_before_at)).where(mine).scalar()
            oldest[(state,)] = max(0, self.now - due) / SECOND if due else 0
        yield _gauge("messages_waiting", "messages not yet settled", counts, ("state",))
        yield _gauge(
            "messages_late_seconds", "how long the oldest could have gone already", oldest, ("state",)
        )

    def _lag(self) -> Metric:
        rows = Cursor.select(Shop.key, Cursor.ticked_at).join(Shop).tuples()
        lags = {(shop,): max(0, self.now - at) / SECOND for shop, at in rows}
        return _gauge("tick_lag_seconds", "how far the ticks are behind", lags, ("shop",))

    def _rules(self) -> Metric:
        """Counts the rules of which a person should know; a braked one waits for a word."""
        stopped = {}
        for why, condition in (
            ("braked", RuleState.braked_at.is_null(False)),
            ("paused", RuleState.paused == True),  # noqa: E712 - a column
            ("broken", RuleState.health == "broken"),
        ):
            acting = condition & (RuleState.active == True)  # noqa: E712 - a column
            stopped[(why,)] = RuleState.select().where(acting).count()
        return _gauge("rules_stopped", "rules that somebody should look at", stopped, ("why",))

    def _sending(self) -> Iterator[Metric]:
        """Tells what is wrong with the way out: a relay that is away, paces, work that is late, a backup that is old."""
        away = {
            (row.name.removeprefix(RELAY_AWAY),): (self.now - row.value["since_at"]) / SECOND
            for row in Setting.select().where(Setting.name.startswith(RELAY_AWAY))
        }
        yield _gauge("relay_away_seconds", "since when the relay is away from a machine", away, ("machine",))
        yield from sending_metrics(served().config, self.now)
        last = Setting.get_or_none(Setting.name == LAST_BACKUP)
        taken = {(): last.value / SECOND} if last else {}
        yield _gauge("last_backup_timestamp_seconds", "when the last backup was taken", taken)


def _gauge(name: str, said: str, values: dict[Any, float], labels: tuple[str, ...] = ()) -> Metric:
    found = GaugeMetricFamily(f"regulars_{name}", said, labels=labels)
    for key, value in sorted(values.items()):
        found.add_metric([str(part) for part in key], value)
    return found


def _counter(name: str, said: str, counts: dict[str, int], labels: tuple[str, ...]) -> Metric:
    found = CounterMetricFamily(f"regulars_{name}", said, labels=labels)
    for told, count in sorted(counts.items()):
        known = dict(LABEL.findall(told))
        found.add_metric([known.get(label, "") for label in labels], count)
    if not labels and not counts:
        found.add_metric([], 0)
    return found


@blueprint.get("/metrics")
@blueprint.doc(summary="Numbers for Prometheus")
def metrics() -> Response:
    """Answers in Prometheus' text format."""
    registry, kept = CollectorRegistry(), served()
    registry.register(FromTheTables(kept.store, kept.clock.now()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
