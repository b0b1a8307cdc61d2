"""What a rule has mailed day by day, kept in the transaction of its decisions, and the brake that goes by it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import structlog

from engine import calendar
from engine.audit import SERVER, write_down
from engine.config import Brake
from engine.matching.view import View
from engine.policy.brake import LOOKED_BACK_DAYS, Allowance, Decide, allowance, decide_within
from engine.policy.model import Decision, Situation
from models import RuleDay, RuleState

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Braking:
    """Decides for a live tick: counts each rule's mails, and holds back a rule that wants too many.

    Rehearsals decide without it: a person's word is no part of what a rule means.
    """

    limits: Brake | None

    def decide(self, view: View, asked: Sequence[Situation], decide: Decide) -> list[Decision]:
        """Returns one decision for each candidate, in the caller's transaction, which must write them down."""
        if self.limits is None:
            decisions = decide(asked)
        else:
            wanted = {c.rule for s in asked for c in s.candidates if not c.transactional}
            allowed = allowances(view, wanted, self.limits)
            decisions, braked = decide_within(asked, allowed, decide, view.now)
            _brake(view, braked, allowed)
        _count(view, decisions)
        return decisions


def today(view: View) -> int:
    """Numbers the day of the shop's calendar."""
    return calendar.local(view.now, view.shop.timezone).toordinal()


def allowances(view: View, rules: Collection[str], limits: Brake) -> dict[str, Allowance]:
    """Says how many mails each of the rules may still send today."""
    if not rules:
        return {}
    day, named = today(view), sorted(rules)
    mine = (RuleDay.shop == view.shop_id) & RuleDay.rule.in_(named)
    rows = RuleDay.select(RuleDay.rule, RuleDay.day, RuleDay.mails).where(
        mine & (RuleDay.day >= day - LOOKED_BACK_DAYS) & (RuleDay.day <= day)
    )
    sent: dict[str, dict[int, int]] = defaultdict(dict)
    for rule, when, mails in rows.tuples():
        sent[rule][when] = mails
    states = RuleState.select(RuleState.rule, RuleState.braked_at, RuleState.released_until_at).where(
        (RuleState.shop == view.shop_id) & RuleState.rule.in_(named)
    )
    words = {rule: (braked is not None, (until or 0) > view.now) for rule, braked, until in states.tuples()}
    found = {}
    for rule in named:
        now_sent = sent[rule].pop(day, 0)
        found[rule] = allowance(limits, list(sent[rule].values()), now_sent, *words.get(rule, ()))
    return found


def _brake(view: View, rules: Iterable[str], allowed: dict[str, Allowance]) -> None:
    """Marks rules that have met their limit, and says so loudly, once."""
    for rule in sorted(rules):
        mine = (RuleState.shop == view.shop_id) & (RuleState.rule == rule) & RuleState.braked_at.is_null()
        if RuleState.update(braked_at=view.now).where(mine).execute():
            write_down(SERVER, "brake", rule, view.now, channel="server", shop=view.shop.shop)
            log.error(
                "rule_braked", shop=view.shop.shop, rule=rule, usual=allowed[rule].usual, limit=allowed[rule].limit,
                remedy=f"look at it, then: server.py release {rule}",
            )  # fmt: skip


def _count(view: View, decisions: Iterable[Decision]) -> None:
    """Adds to the day's mails of each rule; what merges is one mail."""
    mails = {
        (d.candidate.rule, d.candidate.customer_id)
        for d in decisions
        if d.outcome == "send" and not d.candidate.transactional
    }
    for rule, number in sorted(Counter(rule for rule, _ in mails).items()):
        row = RuleDay.insert(shop=view.shop_id, rule=rule, day=today(view), mails=number)
        row.on_conflict(
            conflict_target=[RuleDay.shop, RuleDay.rule, RuleDay.day],
            update={RuleDay.mails: RuleDay.mails + number},
        ).execute()
