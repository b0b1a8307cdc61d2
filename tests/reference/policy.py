"""What becomes of one customer's candidates in one minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import holidays

from engine.rulebook.ast import Cap, Condition, Group, Policy, Rule
from tests.reference.facts import Fact
from tests.reference.moments import DAY, MINUTE, clock, wall

Holds = Callable[[Condition, frozenset[str]], "bool | None"]


@dataclass(slots=True)
class Candidate:
    """A rule that says yes to an anchor, and what is known of it this minute."""

    rule: Rule
    customer: str
    anchor: Fact
    due: int
    expires: int
    refused: str | None = None  # the first refusal that needs no policy
    held_for: str | None = None  # quiet_hours, closed_day …: the reason of its latest hold
    held_until: int | None = None
    held_out: bool = False
    outcome: str = ""
    reason: str | None = None
    until: int | None = None

    def end(self, outcome: str, reason: str | None, until: int | None = None) -> None:
        """Writes down what becomes of it."""
        self.outcome, self.reason, self.until = outcome, reason, until


@dataclass(slots=True)
class Message:
    """One mail."""

    rule: Rule
    customer: str
    address: str
    decided: int
    counted: int
    anchors: list[Fact]
    expires: int
    state: str = "queued"
    sent: int | None = None


@cache
def _closed_by_holiday(country: str, year: int) -> frozenset[Any]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # the package's word for a country that it does not know
        return frozenset()


@dataclass(slots=True)
class Place:
    """Whose clock and holidays count."""

    policy: Policy
    zone: str
    country: str

    def closed(self, at: int) -> bool:
        """A closed weekday or a holiday."""
        day = wall(at, self.zone).date()
        holiday = self.policy.closed_holidays and day in _closed_by_holiday(self.country, day.year)
        return day.weekday() in self.policy.closed_weekdays or holiday

    def quiet(self, at: int) -> bool:
        """Within quiet hours; their end is allowed."""
        if self.policy.quiet_hours is None:
            return False
        start, end = self.policy.quiet_hours
        shown = wall(at, self.zone)
        minutes = shown.hour * 60 + shown.minute
        return start <= minutes < end if start < end else minutes >= start or minutes < end

    def release(self, at: int, wanted: int | None) -> int:
        """When something held by hours goes: the first allowed moment, or its own clock time from then on."""
        free = self._first_free(at)
        day = wall(free, self.zone).date()
        for _ in range(30 if wanted is not None else 0):
            moment = clock(day, wanted or 0, self.zone)
            if self.quiet(moment):
                break
            if moment >= free and not self.closed(moment):
                return moment
            day += timedelta(days=1)
        return free

    def _first_free(self, at: int) -> int:
        while self.closed(at) or self.quiet(at):
            if self.closed(at):
                at = clock(wall(at, self.zone).date() + timedelta(days=1), 0, self.zone)
            else:
                at += MINUTE
        return at


def decide(
    policy: Policy, candidates: list[Candidate], place: Place, counted: list[Message], holds: Holds, now: int
) -> list[list[Candidate]]:
    """Decides for one customer; returns what goes, each list one message."""
    standing = []
    for one in candidates:
        one.end("", None)
        if one.refused:
            one.end("refuse", one.refused)
        else:
            standing.append(one)
    _house_rules(policy, standing, holds)
    for one in standing:
        if one.outcome == "" and one.rule.purpose != "transactional":
            _hours(one, place, now)
    going = _counts(policy, [one for one in standing if one.outcome == ""], counted, now)
    for one in candidates:
        if one.outcome == "hold" and now >= one.expires // MINUTE * MINUTE:
            one.end("expire", "expired")
    return going


def _house_rules(policy: Policy, standing: list[Candidate], holds: Holds) -> None:
    for house in policy.house_rules:
        due = frozenset(one.rule.id for one in standing if one.outcome == "" and not one.held_out)
        if not holds(house.condition, due):
            continue
        for one in standing:
            stops = one.outcome == "" or (one.outcome == "hold" and house.action == "refuse")
            if stops and house.concerns(one.rule.id, one.rule.purpose):
                one.end(house.action, "house_rule")


def _hours(one: Candidate, place: Place, now: int) -> None:
    for reason, applies in (("closed_day", place.closed(now)), ("quiet_hours", place.quiet(now))):
        if applies:
            return one.end("hold", reason, place.release(now, one.rule.at))
    waits = (
        one.held_for in ("closed_day", "quiet_hours") and one.held_until is not None and one.held_until > now
    )
    if waits and one.rule.at is not None:
        one.end("hold", one.held_for, one.held_until)


def _order(one: Candidate) -> tuple[Any, ...]:
    return -one.rule.priority, one.due, one.rule.id, one.anchor.at


def _counts(policy: Policy, free: list[Candidate], before: list[Message], now: int) -> list[list[Candidate]]:
    going: dict[str, list[Candidate]] = {}
    said = [(m.counted, m.rule) for m in before if m.rule.purpose != "transactional"]
    for one in sorted(free, key=_order):
        full = (
            []
            if one.rule.purpose == "transactional" or one.rule.id in going
            else _full(policy, one.rule, said, now)
        )
        if full:
            reason = "grouped" if isinstance(full[0], Group) else "capped"
            drop = one.rule.when_capped == "drop"
            one.end("refuse" if drop else "hold", reason, None if drop else _opens(full[0], said, now))
        elif one.held_out:
            one.end("refuse", "holdout")
        else:
            one.end("send", None)
            if one.rule.id not in going and one.rule.purpose != "transactional":
                said.append((now, one.rule))
            going.setdefault(one.rule.id, []).append(one)
    return list(going.values())


def _full(policy: Policy, rule: Rule, said: list[tuple[int, Rule]], now: int) -> list[Cap | Group]:
    limits: list[Cap | Group] = [group for group in policy.groups if rule.id in group.rules]
    limits += [cap for cap in policy.caps if cap.purpose in (None, rule.purpose)]
    return [limit for limit in limits if _used(limit, said, now) >= limit.at_most]


def _used(limit: Cap | Group, said: Iterable[tuple[int, Rule]], now: int) -> int:
    return sum(at > now - limit.window_minutes * MINUTE for at, rule in said if _counts_for(limit, rule))


def _counts_for(limit: Cap | Group, rule: Rule) -> bool:
    if isinstance(limit, Group):
        return rule.id in limit.rules
    return limit.purpose in (None, rule.purpose)


def _opens(limit: Cap | Group, said: list[tuple[int, Rule]], now: int) -> int:
    """The first moment at which the limit has room, if nothing else is sent till then."""
    moments = sorted(at + limit.window_minutes * MINUTE for at, rule in said if _counts_for(limit, rule))
    return next(at for at in moments if at > now and _used(limit, said, at) < limit.at_most)


__all__ = ["DAY", "Candidate", "Message", "Place", "decide"]
