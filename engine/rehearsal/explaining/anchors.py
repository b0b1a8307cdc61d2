"""The anchors of one rule and customer: those that were due, the one that is due next, and facts that nearly were anchors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from peewee import SQL

from engine import calendar
from engine.clock import DAY
from engine.matching import compare as sql
from engine.matching.ask import ask
from engine.matching.due import Due, Question
from engine.matching.moments import due_at, next_occurrence, occurrences
from engine.matching.scope import Scope
from engine.matching.sources import PREDICTED, source
from engine.rehearsal.explaining.changes import Changes
from engine.rehearsal.explaining.conditions import ask_customer
from engine.rehearsal.explaining.model import Asked
from engine.rulebook.ast import Compare, Every, FactTrigger, Membership, OnDate, Rule

PAST, COMING = 3, 2  # how many of each are shown
BACK, AHEAD_DAYS = 400, 800
NULL = SQL("NULL")


@dataclass(frozen=True, slots=True)
class Found:
    """One anchor as matching answers it at a moment: whether the rule says yes, and what `who` says."""

    rule: Rule
    due: Due
    scope: Scope
    who: Asked | None

    def unless(self) -> tuple[Asked, ...]:
        """Asks each `unless` by itself, where the rule's own answer does not tell."""
        patterns = self.rule.unless
        if self.due.holds or not patterns:
            answers: tuple[bool, ...] = (False,) * len(patterns)
        elif len(patterns) == 1 and (self.who is None or self.who.holds):
            answers = (True,)
        else:
            answers = tuple(
                _happened(self.rule, number, self.due, self.scope) for number in range(len(patterns))
            )
        return tuple(Asked(p, holds, wanted=False) for p, holds in zip(patterns, answers, strict=True))


def anchors(rule: Rule, customer: Any, scope: Scope, changes: Changes, who: Asked | None) -> list[Found]:
    """Finds the latest anchors that were due and the next that will be, the latest first; `who` is as of now."""
    dues = sorted(
        _dues(rule, customer, scope, changes), key=lambda due: (due.due_at, due.anchor), reverse=True
    )
    coming = [due for due in dues if due.due_at > scope.now][-COMING:]
    past = [due for due in dues if due.due_at <= scope.now][:PAST]
    return [Found(rule, due, scope, who) for due in coming + past]


def again(rule: Rule, due: Due, customer: Any, scope: Scope, at: int, known: int) -> Found | None:
    """Asks one anchor as of another moment, with what was known then; None where it was not there."""
    then = replace(scope, now=at, known=known)
    found = next((one for one in _at_once(rule, due, then) if one.anchor == due.anchor), None)
    who = ask_customer(rule.who, customer, then) if rule.who is not None else None
    return Found(rule, found, then, who) if found else None


def _happened(rule: Rule, number: int, due: Due, scope: Scope) -> bool:
    alone = variant(rule, number, lambda: replace(rule, unless=(rule.unless[number],), who=None))
    return any(one.anchor == due.anchor and not one.holds for one in _at_once(alone, due, scope))


def _at_once(rule: Rule, due: Due, scope: Scope) -> list[Due]:
    return ask(_question(rule, scope, due.due_at - 1, due.due_at, due.customer_id))


def _question(rule: Rule, scope: Scope, after: int, until: int, customer: int) -> Question:
    """Returns matching's own question about one customer, which answers also where the conditions say no."""
    return Question(rule, scope, after, until, [customer], filtered=False)


VARIANTS: dict[tuple[int, Any], tuple[Rule, Rule]] = {}
MOST_VARIANTS = 2000


def variant(rule: Rule, name: Any, make: Callable[[], Rule]) -> Rule:
    """Returns a rule made from another, the same one each time, so that its statements are compiled once."""
    key = (id(rule), name)
    if key not in VARIANTS:
        if len(VARIANTS) >= MOST_VARIANTS:
            VARIANTS.clear()
        VARIANTS[key] = (rule, make())
    return VARIANTS[key][1]


def _dues(rule: Rule, customer: Any, scope: Scope, changes: Changes) -> Iterator[Due]:
    trigger = rule.trigger
    if isinstance(trigger, Every | OnDate):
        for moment in _moments(rule, scope):
            yield from ask(_question(rule, _as_of(scope, moment), moment - 1, moment, customer.id))
    elif isinstance(trigger, FactTrigger) and trigger.pattern.kind in PREDICTED:
        yield from _comings(trigger, rule, customer, scope, changes)
    elif isinstance(trigger, Membership) or changes.at(trigger.pattern.kind):
        after, until = scope.now - BACK * DAY, scope.now + AHEAD_DAYS * DAY
        yield from ask(_question(rule, scope, after, until, customer.id))


def _as_of(scope: Scope, moment: int) -> Scope:
    """What comes round by the calendar is asked at its moment; one that is past, with what was known then."""
    return replace(scope, now=moment, known=min(scope.known, moment) if moment <= scope.now else scope.known)


def _moments(rule: Rule, scope: Scope) -> Iterator[int]:
    """Yields the latest moment up to now and the next one."""
    back = scope.now - 62 * DAY if isinstance(rule.trigger, Every) else 0
    past = occurrences(rule, back, scope.now, scope.zone)
    yield from [max(each.due for each in past)] if past else []
    coming = next_occurrence(rule, scope.now, scope.zone)
    yield from [coming] if coming is not None else []


def _comings(
    trigger: FactTrigger, rule: Rule, customer: Any, scope: Scope, changes: Changes
) -> Iterator[Due]:
    """Asks for the birthdays or anniversaries around now: the last that fell due, and the next."""
    dues = {
        (due_at(trigger, rule.at, at, scope.zone), years)
        for years, at in _yearly(trigger, customer, scope, changes)
    }
    past, coming = (
        sorted(due for due in dues if due[0] <= scope.now),
        sorted(due for due in dues if due[0] > scope.now),
    )
    for due, years in [*past[-1:], *coming[:1]]:
        asked = variant(rule, f"year {years}", partial(_of_year, rule, trigger, years))
        yield from (
            replace(one, rule=rule) for one in ask(_question(asked, scope, due - 1, due, customer.id))
        )


def _of_year(rule: Rule, trigger: FactTrigger, years: int) -> Rule:
    """Narrows a rule about anniversaries to one of them, so that the others are not looked for; birthdays need it not."""
    if trigger.pattern.kind == "birthday" or trigger.pattern.filter("years") is not None:
        return rule
    only = replace(trigger.pattern, filters=(("years", Compare("=", years)),))
    return replace(rule, trigger=replace(trigger, pattern=only))


def _yearly(trigger: FactTrigger, customer: Any, scope: Scope, changes: Changes) -> Iterator[tuple[int, int]]:
    """Yields years and moments of the birthdays or anniversaries around now."""
    this, zone = calendar.local(scope.now, scope.zone).year, scope.zone
    if trigger.pattern.kind == "birthday" and customer.birthday:
        born = date.fromisoformat(str(customer.birthday))
        for year in range(max(this - 2, born.year + 1), this + 3):
            yield year - born.year, calendar.at_clock_time(calendar.yearly(born, year), 0, zone)
    elif trigger.pattern.kind == "anniversary" and changes.at("ordered"):
        src = source("ordered")
        mine = sql.every(
            [src.customer == customer.id, src.recorded_at <= scope.known, src.counts(scope.known)]
        )
        for (at,) in src.table.select(src.at).where(mine).order_by(src.at).limit(1).tuples():
            passed = this - calendar.local(at, zone).year
            for years in range(max(passed - 2, 1), max(passed, 0) + 3):
                yield years, calendar.shift(at, years, "years", zone)
