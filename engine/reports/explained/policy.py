"""What the policy knows, in sentences: the address, consents, every cap with what it counts, hours and house rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.consent.kinds import PENDING, PROFILING, SOFT, UNPROVEN
from engine.consent.stops import rule_stopped
from engine.policy.counts import Limit
from engine.rehearsal.explaining.model import CapAsked, Explained, Ledger
from engine.reports.explained.conditions import Line, condition_lines, consent_words
from engine.reports.explained.voices import Speaker
from engine.reports.sentences import reason_words
from engine.rulebook.ast import Rule

KINDS = {PENDING: "pending", SOFT: "soft", UNPROVEN: "unproven"}


def policy_lines(found: Explained, by: Speaker) -> Iterator[Line]:
    """Says what stands between the customer's address and any mail."""
    gates, rules = found.ledger, [each.rule for each in found.rules]
    yield Line(by.say("policy.head", at=by.when(found.at)))
    yield _address(gates, by)
    yield from _consents(gates, rules, by)
    yield from _wishes(gates, by)
    if all(rule.transactional for rule in rules):
        return
    for cap in gates.caps:
        if any(cap.limit.concerns(rule.id, rule.purpose) for rule in rules if not rule.transactional):
            yield from _cap(cap, by)
    yield _hours(gates, by)
    yield from _house(gates, rules, by)


def _address(gates: Ledger, by: Speaker) -> Line:
    if gates.address is None:
        return Line(by.say("policy.no_address"), 1, "no")
    if gates.suppressed_at is None:
        return Line(by.say("policy.address", address=gates.address), 1, "yes")
    why = reason_words(gates.suppressed_reason, None, by.console)
    at = by.when(gates.suppressed_at)
    return Line(by.say("policy.suppressed", address=gates.address, at=at, why=why), 1, "no")


def _consents(gates: Ledger, rules: Sequence[Rule], by: Speaker) -> Iterator[Line]:
    for purpose in sorted({rule.purpose for rule in rules if not rule.transactional}):
        said = gates.consents.get(purpose)
        granted = said is not None and said.granted
        yield Line(consent_words(purpose, said, granted, by), 1, "yes" if granted else "no")
        yield from _not_used(purpose, gates, by)
    asked = {rule.id for rule in rules}
    for purpose, said in sorted(gates.consents.items()):
        rule = rule_stopped(purpose)
        if rule in asked and not said.granted:
            words = {"rule": rule, "at": by.when(said.at)}
            source = {"source": by.source(said.source)} if said.source else {}
            yield Line(
                by.say("policy.stopped" if source else "policy.stopped_bare", **words, **source), 1, "no"
            )


def _not_used(purpose: str, gates: Ledger, by: Speaker) -> Iterator[Line]:
    """Says of a grant that does not hold why it does not."""
    for kind, key in KINDS.items():
        said = gates.consents.get(kind + purpose)
        if said is not None and said.granted:
            key = f"unproven_{said.detail}" if kind == UNPROVEN else key
            key = "late" if kind == PENDING and purpose not in gates.standing.pending else key
            values = {"purpose": purpose, "at": by.when(said.at)}
            yield Line(by.say(f"policy.{key}", **values), 1, "yes" if kind == SOFT else "no")


def _wishes(gates: Ledger, by: Speaker) -> Iterator[Line]:
    """Says what the customer wishes beside yes and no."""
    if gates.standing.paused_until_at is not None:
        yield Line(by.say("policy.on_pause", until=by.when(gates.standing.paused_until_at)), 1, "no")
    if gates.standing.objects:
        yield Line(by.say("policy.objects", at=by.when(gates.consents[PROFILING].at)), 1, "no")


def _cap(cap: CapAsked, by: Speaker) -> Iterator[Line]:
    number = len(cap.counted)
    said = by.say(
        "policy.group" if cap.group else "policy.cap", count=number, number=number, cap=cap_words(cap.limit)
    )
    room = by.say("policy.room") if cap.opens_at is None else by.say("policy.full", at=by.when(cap.opens_at))
    yield Line(f"{said} {room}", 1, "yes" if cap.opens_at is None else "no")
    for mail in cap.counted:
        yield Line(
            by.say("policy.counted", rule=mail.rule, at=by.when(mail.at), until=by.when(mail.leaves_at)), 2
        )


def cap_words(limit: Limit) -> str:
    """Names a cap or a group as policy.yaml does."""
    return limit.words


def _hours(gates: Ledger, by: Speaker) -> Line:
    if gates.shut is None:
        return Line(by.say("policy.open"), 1, "yes")
    if gates.opens_at is None:
        return Line(by.say("policy.shut"), 1, "no")
    return Line(by.say(f"policy.{gates.shut}", until=by.when(gates.opens_at)), 1, "no")


def _house(gates: Ledger, rules: Sequence[Rule], by: Speaker) -> Iterator[Line]:
    for house in gates.house_rules:
        if any(house.rule.concerns(rule.id, rule.purpose) for rule in rules):
            yield Line(by.say(f"policy.house_{house.rule.action}", name=house.rule.name), 1)
            yield from condition_lines(house.asked, by, 2, wanted=False)
