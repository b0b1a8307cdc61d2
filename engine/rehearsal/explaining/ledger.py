"""What the policy knows of one address at a moment: consents, caps and what they count, hours, house rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.clock import MINUTE
from engine.consent.standing import Wish, standing_of
from engine.consent.stops import PREFIX
from engine.consent.suppression_then import suppressed_then
from engine.matching.scope import Scope
from engine.matching.view import View
from engine.policy.compiled import CompiledPolicy
from engine.policy.counts import Limit, limits_of, longest_window_minutes, with_wish
from engine.policy.hours import Hours
from engine.policy.public_holidays import HolidayCalendar
from engine.rehearsal.explaining.conditions import ask_customer
from engine.rehearsal.explaining.model import Asked, CapAsked, Counted, HouseAsked, Ledger, Said
from engine.rulebook.ast import All, Any_, Condition, DueIs, HouseRule, Not
from models import COUNTED_STATES, ConsentChange, Message

YES, NO = All(()), Any_(())  # conditions that always and never hold


def ledger(view: View, customer: Any, scope: Scope, policy: CompiledPolicy, due: frozenset[str]) -> Ledger:
    """Gathers it for one customer; `due` names the rules that have a candidate at this very minute."""
    address, hours = customer.address, Hours(policy.policy, HolidayCalendar())
    country = str(customer.country or view.shop.country)
    stopped_at, stopped_why = suppressed_then(address, view.now) if address else (None, None)
    shut, said = hours.shut(view.now, scope.zone, country), said_of(customer, view.now)
    standing = standing_of(said, view.now)
    return Ledger(
        str(address.email) if address else None, stopped_at, stopped_why, said, _caps(view, customer, policy, standing.wish),
        shut, hours.opens_at(view.now, scope.zone, country) if shut else None,
        tuple(house_rules(policy.policy.house_rules, customer, scope, due)), standing,
    )  # fmt: skip


def said_of(customer: Any, now: int) -> dict[str, Said]:
    """Reads the customer's latest word on each purpose, and on rules that they stopped (`rule:ID`), as known then."""
    c = ConsentChange
    known = (c.customer == customer.id) & (c.at <= now) & (c.recorded_at <= now)
    rows = (
        c.select(c.purpose, c.granted, c.at, c.source, c.wording, c.detail)
        .where(known)
        .order_by(c.at, c.recorded_at, c.id)
    )
    return {
        purpose: Said(bool(granted), at, source, wording, detail)
        for purpose, granted, at, source, wording, detail in rows.tuples()
    }


def stop_said(consents: Mapping[str, Said], rule: str) -> Said | None:
    """Returns the word with which somebody stopped a rule's mails, if it still stands."""
    said = consents.get(PREFIX + rule)
    return said if said and not said.granted else None


def _caps(view: View, customer: Any, policy: CompiledPolicy, wish: Wish | None) -> tuple[CapAsked, ...]:
    groups, caps = with_wish(limits_of(policy.policy), wish)
    window = max(longest_window_minutes(policy.policy), wish.window_minutes if wish else 0) * MINUTE
    m = Message
    mine = (
        (m.address == customer.address_id) & (m.counted_at > view.now - window) & (m.decided_at <= view.now)
    )
    mine &= m.state.in_(COUNTED_STATES) & (m.purpose != "transactional")
    asked = m.select(m.counted_at, m.rule, m.purpose).where(mine).order_by(m.counted_at)
    rows = list(asked.tuples()) if window and customer.address_id else []
    return tuple(_cap(limit, rows, view.now) for limit in (*groups, *caps))


def _cap(limit: Limit, rows: list[tuple[int, str, str]], now: int) -> CapAsked:
    """A message leaves the window exactly one window after it counts; the N-th latest opens the cap."""
    counted = tuple(
        Counted(at, rule, purpose, at + limit.window)
        for at, rule, purpose in rows
        if at + limit.window > now and limit.concerns(rule, purpose)
    )
    full = len(counted) >= limit.at_most
    return CapAsked(limit, counted, counted[-limit.at_most].leaves_at if full else None)


# --- house rules -------------------------------------------------------------------------------------


def house_rules(
    rules: tuple[HouseRule, ...], customer: Any, scope: Scope, due: frozenset[str]
) -> list[HouseAsked]:
    """Asks the `if` of each house rule; a part that asks `due` is answered by the candidates of this minute."""
    answered = [ask_customer(_settled(rule.condition, due), customer, scope) for rule in rules]
    return [
        HouseAsked(rule, _as_written(asked, rule.condition))
        for rule, asked in zip(rules, answered, strict=True)
    ]


def _settled(condition: Condition, due: frozenset[str]) -> Condition:
    """Puts the answer in the place of each `due`, so that the store can answer the whole."""
    if isinstance(condition, DueIs):
        return YES if condition.rule in due else NO
    if isinstance(condition, All | Any_):
        return replace(condition, parts=tuple(_settled(part, due) for part in condition.parts))
    return Not(_settled(condition.part, due)) if isinstance(condition, Not) else condition


def _as_written(asked: Asked, condition: Condition) -> Asked:
    """Names the parts of an answer as the marketer wrote them."""
    if isinstance(condition, All | Any_):
        parts = [_as_written(part, one) for part, one in zip(asked.parts, condition.parts, strict=True)]
    elif isinstance(condition, Not):
        parts = [_as_written(asked.parts[0], condition.part)]
    else:
        parts = list(asked.parts)
    return replace(asked, what=condition, parts=tuple(parts))
