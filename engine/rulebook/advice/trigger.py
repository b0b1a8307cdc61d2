"""What is known of a customer in the minute in which a rule falls due, from its trigger and `unless` alone."""

from __future__ import annotations

from engine.rulebook.advice.possible import ORDERS_EVER, Atoms, Count, Goal
from engine.rulebook.advice.stretches import YES, ZERO, Stretches, stretch
from engine.rulebook.advice.tested import filter_values
from engine.rulebook.ast import Duration, FactPattern, FactTrigger, InSegment, Membership, Rule
from engine.rulebook.durations import UNIT_MINUTES, minutes_of

OWN_ORDER = ("ordered", "bought", "anniversary", "runs_out")  # whose anchor needs an order that counts
DAY = 1440
SLACK = 3 * DAY  # `at` and changes of clocks move a due moment by less


def goals_of(rule: Rule) -> list[Goal]:
    """Returns the conditions that hold when a rule asks: its `who`, and the segment just entered."""
    found: list[Goal] = [] if rule.who is None else [(rule.who, True)]
    if isinstance(rule.trigger, Membership) and rule.trigger.change == "enters" and rule.at is None:
        found.append((InSegment(rule.trigger.segment), True))
    return found


def known_of(rule: Rule) -> Atoms:
    """Returns what is true of everybody for whom the rule falls due and may be sent."""
    found: Atoms = {} if rule.transactional else {("consent", rule.purpose): YES}
    if not isinstance(rule.trigger, FactTrigger):
        return found
    if rule.trigger.pattern.kind in OWN_ORDER:
        found[ORDERS_EVER] = stretch((1, 0), whole=True)
    if rule.trigger.pattern.kind == "ordered" and not rule.trigger.before:
        found |= _orders(rule, rule.trigger)
    return found | (_nothing_since(rule, rule.trigger) if not rule.trigger.before else {})


def _any_order(rule: Rule) -> bool:
    return FactPattern("ordered") in [FactPattern(each.kind, each.filters, each.same) for each in rule.unless]


def _orders(rule: Rule, trigger: FactTrigger) -> Atoms:
    """Where no order can have followed, the anchor is the last one, and its number that of all orders."""
    found: Atoms = {ORDERS_EVER: stretch((1, 0), whole=True)}
    last = _any_order(rule)
    if last or (trigger.delay is None and rule.at is None):
        number = trigger.pattern.filter("number")
        values = None if number is None else filter_values("ordered", "number", number)
        if values is not None and isinstance(values[1], Stretches):
            found[ORDERS_EVER] = values[1]
    if last:
        found["measure", "days_since_order", None, "count"] = _days_since(rule, trigger.delay)
    return found


def _days_since(rule: Rule, delay: Duration | None) -> Stretches:
    """The last order is the anchor: as old as the delay, less some hours for `at`, more for being late."""
    minutes = 0 if delay is None else minutes_of(delay)
    long = delay is not None and delay.unit in ("months", "years")
    least = (minutes - SLACK) // DAY if long else minutes // DAY - 1
    most = (int(minutes * 1.05) + minutes_of(rule.expires) + SLACK) // DAY
    return stretch((max(least, 0), 0), (most, 1), whole=True)


def _nothing_since(rule: Rule, trigger: FactTrigger) -> Atoms:
    """What `unless` names did not happen since the anchor, so not in a window that is shorter than the delay."""
    if trigger.delay is None:
        return {}
    none = stretch(ZERO, (1, 0), whole=True)
    window = _surely_within(trigger.delay)
    if window is None:
        return {}
    return {("count", Count(each, window)): none for each in rule.unless if not each.same}


def _surely_within(delay: Duration) -> Duration | None:
    """Returns a window in whole days that surely begins after the anchor."""
    minutes = delay.amount * UNIT_MINUTES[delay.unit]
    if delay.unit in ("months", "years"):
        minutes = int(minutes * 0.98) - SLACK
    else:
        minutes -= (
            120 if delay.elapsed else DAY
        )  # a change of clocks; `at` some hours before the delay is full
    days = minutes // DAY
    return Duration(days, "days") if days >= 1 else None
