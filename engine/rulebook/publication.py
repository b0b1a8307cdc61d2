"""What of the published rulebooks is in force, and since when: what is new or changed acts from its publication on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from engine.journal import move
from engine.rulebook.ast import Rule, Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.versions import texts_before
from engine.rulebook.vocabulary import Vocabulary
from models import Cursor, Hold, Message, RuleState, Shop

POLICY = "policy.yaml"  # the policy's own line among the states of rules
WAITING = ("queued", "claimed", "deferred")


def in_force(rulebook: Rulebook, vocabulary: Vocabulary) -> Rulebook:
    """Returns the rulebook with what is broken in it replaced by its last published, sound wording.

    Where no policy was ever sound, only transactional rules are in force.
    """
    if not rulebook.broken and not rulebook.policy_broken and not rulebook.broken_segments:
        return rulebook
    rules, segments, policy = dict(rulebook.rules), dict(rulebook.segments), rulebook.policy
    sound_policy = not rulebook.policy_broken
    wanted, lost = set(rulebook.broken), set(rulebook.broken_segments)
    for text in texts_before():
        if not wanted and not lost and sound_policy:
            break
        before = load_text(text, vocabulary)
        segments |= {name: segment for name, segment in before.segments.items() if name in lost}
        rules |= {id_: rule for id_, rule in before.rules.items() if id_ in wanted}
        if not sound_policy and not before.policy_broken:
            policy, sound_policy = before.policy, True
        wanted -= set(before.rules)
        lost -= set(before.segments)
    if not sound_policy:  # without caps and quiet hours, only what customers wait for may go
        rules = {id_: rule for id_, rule in rules.items() if rule.transactional}
    return replace(rulebook, rules=rules, segments=segments, policy=policy)


def sync(shop: Shop, rulebook: Rulebook, version: str, now: int) -> None:
    """Writes down, in the caller's transaction, which rules act in a shop since when; what is gone stops at once."""
    Cursor.insert(shop=shop, ticked_at=now).on_conflict_ignore().execute()
    states = {state.rule: state for state in RuleState.select().where(RuleState.shop == shop)}
    acting = {rule.id: rule for rule in rulebook.for_shop(shop.key)}
    for rule in acting.values():
        _sync_rule(shop, rule, states.get(rule.id), rulebook, version, now)
    for id_, state in states.items():
        if id_ not in acting and id_ != POLICY and state.active:
            RuleState.update(active=False).where(RuleState.id == state.id).execute()
            _stop(shop, id_, now)
    _sync_policy(shop, rulebook, states.get(POLICY), now)


def _sync_rule(
    shop: Shop, rule: Rule, state: RuleState | None, rulebook: Rulebook, version: str, now: int
) -> None:
    broken = rule.id in rulebook.broken
    health = {"health": "broken" if broken else "ok", "error": _errors(rulebook, rule.id) if broken else None}
    if state is None:
        RuleState.create(
            shop=shop, rule=rule.id, digest=rule.digest, since_at=now, active=True, version=version, **health
        )
    elif (state.digest, state.active) != (rule.digest, True):
        changed = {"digest": rule.digest, "since_at": now, "active": True, "version": version, **health}
        RuleState.update(**changed).where(RuleState.id == state.id).execute()
        _ask_again([shop.id], [rule.id], now)
    elif (state.health, state.error) != (health["health"], health["error"]):
        RuleState.update(**health).where(RuleState.id == state.id).execute()


def _errors(rulebook: Rulebook, rule: str) -> str:
    return "\n".join(str(problem) for problem in rulebook.errors if problem.rule == rule)


def _sync_policy(shop: Shop, rulebook: Rulebook, state: RuleState | None, now: int) -> None:
    """An edited policy may let through what waits."""
    digest = rulebook.policy.digest or json.dumps("")
    broken = rulebook.policy_broken
    health = {"health": "broken" if broken else "ok",
              "error": "\n".join(str(p) for p in rulebook.errors if POLICY in p.place.file) if broken else None}  # fmt: skip
    if state is None:
        RuleState.create(shop=shop, rule=POLICY, digest=digest, since_at=now, active=False, **health)
    elif (state.digest, state.health) != (digest, health["health"]):
        RuleState.update(digest=digest, since_at=now, **health).where(RuleState.id == state.id).execute()
        _ask_again([shop.id], None, now)


def _ask_again(shops: Iterable[int], rules: list[str] | None, now: int) -> None:
    held = Hold.shop.in_(list(shops))
    Hold.update(wake_at=now).where(held & Hold.rule.in_(rules) if rules is not None else held).execute()


def _stop(shop: Shop, rule: str, now: int) -> None:
    """Cancels what a rule that is off or gone has queued, and lets the next tick cancel what it holds."""
    _ask_again([shop.id], [rule], now)
    queued = (Message.shop == shop) & (Message.rule == rule) & Message.state.in_(WAITING)
    move(queued, state="cancelled", reason="rule_off", settled_at=now)


def acting_since(shop_id: int) -> dict[str, int]:
    """Returns since when each rule of a shop acts; rules that are off or paused are left out."""
    rows = RuleState.select(RuleState.rule, RuleState.since_at).where(
        (RuleState.shop == shop_id) & (RuleState.active == True) & (RuleState.paused == False)  # noqa: E712 - columns
    )
    return dict(rows.tuples())
