"""Why, and why not: for one customer, one rule and one moment, every condition with its value, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.clock import DAY, MINUTE
from engine.matching.ask import ask, named_category
from engine.matching.conditions import leaf as leaf_truth
from engine.matching.due import Due, Question
from engine.matching.facts import happened_since
from engine.matching.moments import next_occurrence
from engine.matching.scope import Scope
from engine.matching.sources import Source
from engine.matching.values import value_of
from engine.matching.view import View
from engine.policy.history import latest_words
from engine.rulebook import describe
from engine.rulebook.ast import All, Any_, Cap, Condition, Every, InSegment, Not, OnDate, Rule
from models import COUNTED_STATES, Address, Customer, Hold, Message
from models import Decision as DecisionRow

MOST_ANCHORS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition as it stood: what was asked, whether it held (None: unknown), and the value it saw."""

    text: str
    holds: bool | None
    value: Any = None
    wanted: bool = True  # False for `unless`, which must not hold
    depth: int = 0


@dataclass(frozen=True, slots=True)
class AnchorAsked:
    """One anchor of the rule: when it happened, when it falls due, and what the conditions say at this moment."""

    anchor: str
    at: int
    due_at: int
    expires_at: int
    matches: bool
    conditions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is to be said of one rule for one customer at one moment."""

    rule: Rule
    customer: Customer
    at: int
    anchors: tuple[AnchorAsked, ...]
    conditions: tuple[Asked, ...]  # `who` by itself, where there is no anchor to ask about
    decisions: tuple[DecisionRow, ...] = ()
    hold: Hold | None = None
    next_at: int | None = None  # of `every` and `date`
    acts_since: int | None = None
    policy: tuple[Asked, ...] = ()  # what the policy would ask first: an address, suppression, consent
    counted: tuple[
        tuple[str, int, int, int], ...
    ] = ()  # caps: as written, mails counted, allowed, open again at


def explain_rule(view: View, rule: Rule, customer: Customer) -> Explanation:
    """Asks a rule about one customer at `view.now`, whatever it would have asked by itself."""
    scope = view.scope(customer.zone)
    dues = _anchors(view, rule, customer, scope)
    mine = (DecisionRow.customer == customer) & (DecisionRow.rule == rule.id) & (DecisionRow.at <= view.now)
    decisions = (
        DecisionRow.select().where(mine).order_by(DecisionRow.at.desc(), DecisionRow.id.desc()).limit(20)
    )
    hold = Hold.get_or_none((Hold.customer == customer) & (Hold.rule == rule.id))
    upcoming = (
        next_occurrence(rule.trigger, view.now, customer.zone)
        if isinstance(rule.trigger, Every | OnDate)
        else None
    )
    return Explanation(
        rule, customer, view.now, tuple(_anchor(rule, due, scope) for due in dues),
        () if dues else _who_alone(rule, customer, scope),
        tuple(decisions), hold, upcoming, view.since.get(rule.id), *_policy(view, rule, customer),
    )  # fmt: skip


def _policy(
    view: View, rule: Rule, customer: Customer
) -> tuple[tuple[Asked, ...], tuple[tuple[str, int, int, int], ...]]:
    """Says what stands between the rule and the mailbox: address, suppression, consent, and how full the caps are."""
    address = customer.address
    asked = [
        Asked("an address to write to", address is not None, customer.email),
        Asked("the address is suppressed", bool(address and address.suppressed_at), wanted=False),
    ]
    if rule.transactional:
        return tuple(asked), ()
    consents = latest_words([customer.id], view.now).get(customer.id, {})
    asked.append(Asked(f"consent to {rule.purpose}", consents.get(rule.purpose, False)))
    return tuple(asked), tuple(
        _cap(view, cap, rule, address)
        for cap in view.rulebook.policy.caps
        if cap.purpose in (None, rule.purpose)
    )


def _cap(view: View, cap: Cap, rule: Rule, address: Address | None) -> tuple[str, int, int, int]:
    start = view.now - cap.window_minutes * MINUTE
    mine = (Message.address == address) & (Message.counted_at > start) & (Message.counted_at <= view.now)
    mine &= Message.state.in_(COUNTED_STATES) & (Message.purpose != "transactional")
    if cap.purpose:
        mine &= Message.purpose == cap.purpose
    moments = sorted((at for (at,) in Message.select(Message.counted_at).where(mine).tuples()), reverse=True)
    full = len(moments) >= cap.at_most
    opens = moments[cap.at_most - 1] + cap.window_minutes * MINUTE if full else view.now
    return describe.cap(cap), len(moments), cap.at_most, opens


def _anchors(view: View, rule: Rule, customer: Customer, scope: Scope) -> list[Due]:
    """Finds the rule's latest anchors of the customer, due or not yet due."""
    back, ahead = (70, 70) if isinstance(rule.trigger, Every | OnDate) else (400, 800)
    until = view.now if isinstance(rule.trigger, Every | OnDate) else view.now + ahead * DAY
    question = Question(
        rule, scope, view.now - back * DAY, until, [customer.id], filtered=False, extra=_columns(rule)
    )
    found = sorted(ask(question), key=lambda due: due.due_at, reverse=True)
    past = [due for due in found if due.due_at <= view.now]
    return [due for due in found if due.due_at > view.now][-2:] + past[:MOST_ANCHORS]


def _columns(rule: Rule) -> Any:
    """Selects each condition, and the value it looks at, as columns of the very query that matching asks."""

    def columns(scope: Scope, src: Source, since: Any) -> list[Any]:
        found: list[Any] = [
            happened_since(pattern, src, scope, since, named_category(rule)) for pattern in rule.unless
        ]
        for condition, _ in leaves(rule.who, scope):
            found += [leaf_truth(condition, scope), value_of(condition, scope)]
        return found

    return columns


def leaves(condition: Condition | None, scope: Scope, depth: int = 0) -> Iterator[tuple[Condition, int]]:
    """Yields every leaf of a condition, and below a segment what it is made of."""
    if isinstance(condition, All | Any_):
        for part in condition.parts:
            yield from leaves(part, scope, depth)
    elif isinstance(condition, Not):
        yield from leaves(condition.part, scope, depth)
    elif condition is not None:
        yield condition, depth
        if isinstance(condition, InSegment):
            yield from leaves(scope.rulebook.segments[condition.segment].condition, scope, depth + 1)


def _anchor(rule: Rule, due: Due, scope: Scope) -> AnchorAsked:
    unless = [
        Asked(f"{describe.pattern(p)} since", _truth(a), wanted=False)
        for p, a in zip(rule.unless, due.answers, strict=False)
    ]
    asked = list(leaves(rule.who, scope))
    who = _pairs(asked, due.answers[len(rule.unless) :])
    return AnchorAsked(due.anchor, due.anchor_at, due.due_at, due.expires_at, due.holds, (*unless, *who))


def _pairs(asked: list[tuple[Condition, int]], answers: Sequence[Any]) -> list[Asked]:
    """Joins each leaf with its truth and its value, which stand beside each other in the row."""
    return [
        Asked(describe.leaf(condition), _truth(answers[2 * i]), answers[2 * i + 1], depth=depth)
        for i, (condition, depth) in enumerate(asked)
    ]


def _who_alone(rule: Rule, customer: Customer, scope: Scope) -> tuple[Asked, ...]:
    """Asks `who` of a customer for whom the rule has no anchor at all."""
    about = replace(scope, customer=Customer)
    asked = list(leaves(rule.who, about))
    if not asked:
        return ()
    columns = [
        column
        for condition, _ in asked
        for column in (leaf_truth(condition, about), value_of(condition, about))
    ]
    row = Customer.select(*columns).where(Customer.id == customer.id).tuples().first()
    return tuple(_pairs(asked, row))


def _truth(answer: Any) -> bool | None:
    return None if answer is None else bool(answer)
