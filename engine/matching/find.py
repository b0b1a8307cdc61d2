"""What a tick asks of one shop: what fell due since the last one, what became visible late, what may be released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.clock import DAY, MINUTE, whole_minute
from engine.matching.ask import ask
from engine.matching.due import Due, Question
from engine.matching.gone import RULE_OFF, why_gone
from engine.matching.moments import expires_at
from engine.matching.scope import Scope
from engine.matching.sources import AHEAD, PREDICTED
from engine.matching.view import View, by_zone, chunks, zones_of
from engine.prepared import prepared
from engine.rulebook.ast import Every, FactTrigger, OnDate, Rule
from models import Change, Hold, Settlement


def find_due(view: View, after: int) -> list[Due]:
    """Finds what falls due in (after, now], by the index of the anchors' moments."""
    found: list[Due] = []
    zones = view.zones()
    for rule in view.rules():
        start = max(after, view.since[rule.id] - 1)
        if start < view.now:
            for zone in zones:
                found += ask(Question(rule, view.scope(zone), start, view.now))
    return unsettled(found)


# --- what became visible ------------------------------------------------------------------------------


def find_late(view: View, last: int, changes: Sequence[Change]) -> list[Due]:
    """Finds what was due by the last tick but could not be seen then, and has not expired."""
    earliest: dict[int, int] = {}
    for change in changes:
        if change.at <= last:
            customer, at = int(change.customer_id), int(change.at)
            earliest[customer] = min(at, earliest.get(customer, at))
    # What is known ahead of its day may fall due before the fact that made it known: so those rules ask of everybody.
    whoever = {int(change.customer_id): 0 for change in changes}
    found: list[Due] = []
    for rules, since in (
        ([rule for rule in view.rules() if not _looks_ahead(rule)], earliest),
        ([rule for rule in view.rules() if _looks_ahead(rule)], whoever),
    ):
        for zone, customers in by_zone(since).items() if rules else ():
            for rule in rules:
                found += _late(view, rule, zone, customers, last, since)
    return unsettled(found)


def _looks_ahead(rule: Rule) -> bool:
    trigger = rule.trigger
    return isinstance(trigger, FactTrigger) and trigger.before and trigger.pattern.kind in AHEAD


def _late(
    view: View, rule: Rule, zone: str, customers: list[int], last: int, earliest: Mapping[int, int]
) -> Iterator[Due]:
    """Asks one rule of those customers as far back as it has not expired."""
    scope = view.scope(zone)
    start = max(_oldest_unexpired(rule, view.now, zone), view.since[rule.id] - 1, min(earliest.values()) - 1)
    if start >= last:
        return
    for chunk in chunks(customers):
        for due in ask(Question(rule, scope, start, last, chunk)):
            if (
                due.due_at >= earliest[due.customer_id]
                and due.expires_at >= view.now
                and _asked_then(due, scope, last)
            ):
                yield due


def _asked_then(due: Due, scope: Scope, last: int) -> bool:
    """Asks an anchor that an earlier minute has asked as of that minute too, which is the one in which it fell due or
    became known: only what was learned late may change the answer, not what has happened since."""
    by_calendar = isinstance(due.rule.trigger, Every | OnDate)
    asked_at = due.due_at if by_calendar else max(due.due_at, -(-due.recorded_at // MINUTE) * MINUTE)
    if asked_at > last:
        return True
    then = Question(due.rule, scope.at(asked_at), due.due_at - 1, due.due_at, [due.customer_id])
    return any(again.key == due.key for again in ask(then))


def _oldest_unexpired(rule: Rule, now: int, zone: str) -> int:
    """Returns a moment before which whatever fell due has expired by now."""
    span = expires_at(rule, now, zone) - now
    return now - span - 4 * DAY


# --- what waits ---------------------------------------------------------------------------------------


def waiting(view: View, changed: Iterable[int], due: Iterable[int], asked_due: Collection[str]) -> list[Hold]:
    """Lists the holds that are to be asked again now: their time has come, or something of the customer changed.

    House rules may ask whether one of `asked_due` is due: so those go along with whatever else is due to the customer.
    """
    rows = _awake(view.shop_id, view.now)
    for chunk in chunks(sorted(set(changed))):
        rows += _of_customers(view.shop_id, chunk)
    for chunk in chunks(sorted({*due, *(row[CUSTOMER] for row in rows)}) if asked_due else []):
        rows += _of_rules(view.shop_id, chunk, sorted(asked_due))
    return [Hold(**dict(zip(HOLD, row, strict=True))) for row in {row[0]: row for row in rows}.values()]


HOLD = tuple(field.name for field in Hold._meta.sorted_fields)  # as `select` without columns lists them
CUSTOMER = HOLD.index("customer")


@prepared
def _awake(shop: Any, now: Any) -> Any:
    awake = (Hold.wake_at <= now) | (Hold.every_minute == True)  # noqa: E712
    return Hold.select().where((Hold.shop == shop) & awake)


@prepared
def _of_customers(shop: Any, customers: Any) -> Any:
    return Hold.select().where((Hold.shop == shop) & Hold.customer.in_(customers))


@prepared
def _of_rules(shop: Any, customers: Any, rules: Any) -> Any:
    return Hold.select().where((Hold.shop == shop) & Hold.customer.in_(customers) & Hold.rule.in_(rules))


def find_released(view: View, holds: Sequence[Hold]) -> list[Due]:
    """Asks everything but the delay again of what waits; what is gone comes back as cancelled."""
    zones = zones_of({hold.customer_id for hold in holds})
    groups: dict[tuple[str, str], list[Hold]] = defaultdict(list)
    for hold in holds:
        groups[hold.rule, zones[hold.customer_id]].append(hold)
    found: list[Due] = []
    for (rule_id, zone), held in sorted(groups.items(), key=lambda group: group[0]):
        rule = view.rulebook.rules.get(rule_id)
        acting = rule is not None and rule.active and rule.in_shop(view.shop.shop)
        paused = acting and rule_id not in view.since
        if paused:  # it waits for a person, and ends when it has expired
            held = [hold for hold in held if view.now >= whole_minute(hold.expires_at) + MINUTE]
        for chunk in chunks(held):
            found += (
                _released(view, rule, zone, chunk)
                if acting and rule
                else [_gone(rule_id, zone, h, RULE_OFF) for h in chunk]
            )
    return found


def _released(view: View, rule: Rule, zone: str, holds: list[Hold]) -> Iterator[Due]:
    trigger = rule.trigger
    kind = trigger.pattern.kind if isinstance(trigger, FactTrigger) else None
    edited = view.since.get(rule.id, 0) > min(hold.held_at for hold in holds)
    far = kind in AHEAD or (edited and kind is not None and kind not in PREDICTED)
    slack = FAR if far else 2 * DAY  # another zone, `lasts` or delay may have moved the due moment
    after = min(hold.due_at for hold in holds) - slack
    until = max(hold.due_at for hold in holds) + slack
    customers = sorted({hold.customer_id for hold in holds})
    question = Question(rule, view.scope(zone), after, until, customers, filtered=False)
    now_known = {(due.customer_id, due.anchor): due for due in ask(question)}
    lost = {hold.anchor for hold in holds if (hold.customer_id, hold.anchor) not in now_known}
    why = why_gone(lost, view.now) if lost else {}
    for hold in holds:
        due = now_known.get((hold.customer_id, hold.anchor))
        if due is None:
            yield _gone(rule.id, zone, hold, why[hold.anchor], rule)
        else:
            yield replace(
                due,
                held=True,
                held_for=hold.reason,
                held_until_at=hold.wake_at,
                due_at=hold.due_at,
                expires_at=hold.expires_at,
            )


def _gone(rule_id: str, zone: str, hold: Hold, why: str, rule: Rule | None = None) -> Due:
    """Stands for a held candidate whose anchor or rule is no more."""
    rule = rule or Rule(rule_id, OnDate(at=NEVER), send="", active=False)
    return Due(
        rule, hold.customer_id, zone, hold.anchor, hold.anchor_at, hold.due_at, hold.expires_at, hold.anchor_at, {},
        holds=False, held=True, cancelled=True, cancelled_by=why,
    )  # fmt: skip


FAR = 4000 * DAY
NEVER = datetime.fromisoformat("1970-01-01")  # a wall-clock time, as all dates of rules are


# --- small things that all of them need ---------------------------------------------------------------


def unsettled(found: list[Due]) -> list[Due]:
    """Leaves out anchors that have their final decision, or wait for it, and repeats."""
    fresh = {due.key: due for due in found}
    for chunk in chunks(sorted({due.customer_id for due in found})):
        for key in (*_settled(chunk), *_held(chunk)):
            fresh.pop(key, None)
    return list(fresh.values())


@prepared
def _settled(customers: Any) -> Any:
    t = Settlement
    return t.select(t.rule, t.customer, t.anchor).where(t.customer.in_(customers))


@prepared
def _held(customers: Any) -> Any:
    return Hold.select(Hold.rule, Hold.customer, Hold.anchor).where(Hold.customer.in_(customers))
