"""Explains one customer at one moment: every rule, what came of it or would, and what the policy knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.clock import MINUTE
from engine.consent.kinds import SOFT
from engine.consent.standing import OF_A_SALE
from engine.matching.view import View
from engine.outbox.pauses import read_pauses
from engine.policy.compiled import CompiledPolicy
from engine.policy.history import Draw
from engine.policy.holdout import held_out, in_control_group
from engine.policy.model import REFUSALS, Decision
from engine.rehearsal.explaining.anchors import Found, anchors
from engine.rehearsal.explaining.changes import Changes
from engine.rehearsal.explaining.conditions import ask_customer, with_said
from engine.rehearsal.explaining.ledger import ledger, stop_said
from engine.rehearsal.explaining.minute import Key, decisions_now, ticked_at
from engine.rehearsal.explaining.model import (
    AnchorAsked,
    Asked,
    Explained,
    Named,
    NotAnAnchor,
    RuleAsked,
    Said,
)
from engine.rehearsal.explaining.naming import Thing, names, thing_of
from engine.rehearsal.explaining.near import Near, near
from engine.rehearsal.explaining.person import as_of, record_notes
from engine.rehearsal.explaining.verdicts import Records, judged, records_of
from engine.rulebook.ast import Every, FactTrigger, InSegment, Membership, OnDate, Rule
from engine.store import Store
from engine.tick import Speaks


@dataclass(frozen=True, slots=True)
class Asking:
    """What an explanation needs beside the customer: the shop, its policy, and the clock of today."""

    store: Store
    view: View
    policy: CompiledPolicy
    draw: Draw
    now: int  # today; `view.now` is the moment that is asked about
    speaks: Speaks = field(default=lambda due: True)


def explain(asking: Asking, customer: Any, rules: Sequence[Rule]) -> Explained:
    """Asks rules about one customer at `asking.view.now`, whatever they would have asked by themselves; writes nothing."""
    view = asking.view
    with as_of(asking.store, customer, view.now) as (stood, notes):
        scope = view.scope(str(stood.zone))
        changes = Changes(stood, scope)
        who = {rule.id: ask_customer(rule.who, stood, scope) for rule in rules if rule.who is not None}
        found = {rule.id: _anchors(view, rule, changes, who.get(rule.id)) for rule in rules}
        made, silent = _decisions(asking, stood, rules, found)
        gates = ledger(view, stood, scope, asking.policy, _would_go(made, stood))
        records, paused = records_of(stood, view), _paused(view, rules)
        others = {rule.id: _others(rule, found[rule.id], changes) for rule in rules}
        named = _named(found, others, view.shop_id)
        whole = _Whole(asking, changes, records, made, silent, gates.consents, paused, others, named)
        explained = tuple(whole.rule(rule, found[rule.id], changes.dated(who.get(rule.id))) for rule in rules)
        notes += record_notes(view, asking.now, ticked_at(view.shop_id))
        return Explained(stood, str(stood.zone), view.now, asking.now, gates, explained, tuple(notes))


def _anchors(view: View, rule: Rule, changes: Changes, who: Asked | None) -> list[Found]:
    known = changes.customer.erased_at is None and rule.in_shop(view.shop.shop)
    return anchors(rule, changes.customer, changes.scope, changes, who) if known else []


def _others(rule: Rule, found: Sequence[Found], changes: Changes) -> list[Near]:
    newest = max((one.due.anchor_at for one in found), default=0)
    return [] if changes.customer.erased_at else near(rule, changes, newest)


def _named(
    found: Mapping[str, Sequence[Found]], others: Mapping[str, Sequence[Near]], shop_id: int
) -> dict[Thing, Named]:
    """Names every fact that the explanation speaks of, all at once."""
    things = {_thing(one) for some in found.values() for one in some}
    things |= {one.thing for some in others.values() for one in some}
    listed = list(things)
    return dict(zip(listed, names(listed, shop_id), strict=True))


def _thing(found: Found) -> Thing:
    return thing_of(found.due.anchor, found.due.anchor_at, found.due.values)


def _decisions(
    asking: Asking, customer: Any, rules: Sequence[Rule], found: Mapping[str, list[Found]]
) -> tuple[dict[Key, Decision], set[Key]]:
    """Asks the policy where the rules are decided by this minute."""
    after = asking.view.now - MINUTE

    def may_be_due(rule: Rule) -> bool:
        asked = found.get(rule.id)
        return asked is None or any(after < one.due.due_at <= asking.view.now for one in asked)

    if customer.erased_at is not None:
        return {}, set()
    return decisions_now(asking.view, customer, asking.policy, asking.draw, asking.speaks, may_be_due)


def _would_go(made: Mapping[Key, Decision], customer: Any) -> frozenset[str]:
    """Names the rules whose candidate would go now but for caps, groups, quiet hours and closed days."""
    refusals = {*REFUSALS, "holdout"} - {"house_rule"}
    return frozenset(
        rule
        for (rule, who, _), decision in made.items()
        if who == customer.id and decision.reason not in refusals and decision.outcome != "expire"
    )


def _paused(view: View, rules: Sequence[Rule]) -> frozenset[str]:
    """Names the rules whose mails wait because the rule, its purpose or everything is paused."""
    pauses = read_pauses()
    return frozenset(rule.id for rule in rules if pauses.stop(view.shop_id, rule.id, rule.purpose))


@dataclass(slots=True)
class _Whole:
    """Everything about one customer that the rules' answers are put together from."""

    asking: Asking
    changes: Changes
    records: Records
    made: Mapping[Key, Decision]
    silent: set[Key]
    consents: Mapping[str, Said]
    paused: frozenset[str]
    others: Mapping[str, Sequence[Near]]
    named: Mapping[Thing, Named]

    def rule(self, rule: Rule, found: Sequence[Found], who: Asked | None) -> RuleAsked:
        """Puts together what is to be said of one rule; `who` is as of now, and when time changes it."""
        view, trigger = self.asking.view, rule.trigger
        since = view.since.get(rule.id) if rule.active and rule.in_shop(view.shop.shop) else None
        others = tuple(
            NotAnAnchor(self.named[o.thing], o.filters, o.taken_back) for o in self.others[rule.id]
        )
        waiting = next((one.due.due_at for one in found if one.due.due_at > view.now), None)
        return RuleAsked(
            rule, since, rule.id in self.paused, self._asked(rule, found, since, who), others,
            None if found else self._told(who), self._told(self._segment(rule)),
            waiting if isinstance(trigger, Every | OnDate) else None,
            self._born(rule), None if rule.transactional else self._consent(rule),
            stop_said(self.consents, rule.id), self._held_out(rule),
        )  # fmt: skip

    def _consent(self, rule: Rule) -> Said | None:
        """Returns the word by which a rule may write; that of a sale where the rule is about what was bought."""
        trigger, sold = rule.trigger, self.consents.get(SOFT + rule.purpose)
        of_a_sale = isinstance(trigger, FactTrigger) and trigger.pattern.kind in OF_A_SALE
        said = self.consents.get(rule.purpose)
        granted = said is not None and said.granted
        return sold if sold and sold.granted and of_a_sale and not granted else said

    def _segment(self, rule: Rule) -> Asked | None:
        if not isinstance(rule.trigger, Membership):
            return None
        segment = InSegment(rule.trigger.segment)
        return self.changes.dated(ask_customer(segment, self.changes.customer, self.changes.scope))

    def _asked(
        self, rule: Rule, found: Sequence[Found], since: int | None, who: Asked | None
    ) -> tuple[AnchorAsked, ...]:
        asked = [self._judged(rule, one, self.named[_thing(one)], since) for one in found]
        now = self.changes.scope.now
        return tuple(replace(one, who=self._told(who if one.asked_at == now else one.who)) for one in asked)

    def _told(self, asked: Asked | None) -> Asked | None:
        return with_said(asked, self.consents) if asked is not None else None

    def _judged(self, rule: Rule, found: Found, named: Named, since: int | None) -> AnchorAsked:
        key, scope, customer = found.due.key, self.changes.scope, self.changes.customer
        made, silent = self.made.get(key), key in self.silent
        return judged(rule, found, named, since, customer, scope, self.records, made, silent)

    def _born(self, rule: Rule) -> bool:
        trigger = rule.trigger
        asks = isinstance(trigger, FactTrigger) and trigger.pattern.kind == "birthday"
        return not asks or self.changes.customer.birthday is not None

    def _held_out(self, rule: Rule) -> str | None:
        draw, customer = self.asking.draw, str(self.changes.customer.id)
        if rule.transactional or not draw.on:
            return None
        if in_control_group(draw.key, customer, self.asking.policy.policy.control_group):
            return "control_group"
        return "holdout" if held_out(draw.key, rule.id, customer, rule.holdout) else None
