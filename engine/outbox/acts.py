"""Pausing, resuming and releasing: what a person may do to mail that is on its way, and the log of who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import bulk
from engine.audit import Channel, write_down
from engine.clock import DAY, MINUTE
from engine.journal import tell_act
from engine.outbox.pauses import ALL, PREFIX
from engine.policy.brake import BRAKED
from engine.store import Store
from models import OPEN_STATES, Act, Hold, Message, RuleState, Setting

RELEASED_FOR = DAY  # how long a person's word lets a rule go beyond its usual volume
WAITING = ("queued", "claimed", "deferred")


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a pause, a resume or a release has met: how many rules, mails that wait, candidates that are held, and mails
    whose sending had begun and which nobody can call back."""

    rules: int = 0
    waiting: int = 0
    held: int = 0
    sending: int = 0


def pause_rule(
    store: Store, rule: str, author: str, now: int, shop_id: int | None = None, channel: Channel = "console",
    **why: Any,
) -> Stopped | None:  # fmt: skip
    """Stops one rule at once, in one shop or in all; None where no rule is called so. `why` is kept with the act.

    When this returns, no further mail of the rule begins to leave: senders ask under the lock that this one takes alone.
    """
    mine = _states(rule, shop_id)

    def work() -> Stopped | None:
        bulk.lock_act(store, bulk.PAUSING)
        shops = [shop for (shop,) in RuleState.select(RuleState.shop).where(mine).tuples()]
        if not shops:
            return None
        RuleState.update(paused=True).where(mine).execute()
        # Its holds are asked again when they have expired, or when the rule is resumed.
        Hold.update(wake_at=Hold.expires_at + MINUTE).where(_held(rule, shops)).execute()
        write_down(author, "pause", rule, now, channel=channel, **why)
        tell_act("rule paused", rule, channel)
        return _met(Message.shop.in_(shops) & (Message.rule == rule), _held(rule, shops), len(shops))

    return bulk.in_transaction(store, work)


def resume_rule(
    store: Store, rule: str, author: str, now: int, shop_id: int | None = None, channel: Channel = "console"
) -> Stopped | None:
    """Lets a paused or braked rule go on; None where no rule is called so.

    What fell due while it was paused is lost, as it is while a rule is not active: it acts from now on.
    """
    mine = _states(rule, shop_id)

    def work() -> Stopped | None:
        bulk.lock_act(store, bulk.PAUSING)
        shops = [shop for (shop,) in RuleState.select(RuleState.shop).where(mine).tuples()]
        if not shops:
            return None
        paused = RuleState.update(paused=False, since_at=now).where(mine & (RuleState.paused == True))  # noqa: E712
        done = int(paused.execute())
        Hold.update(wake_at=now).where(_held(rule, shops)).execute()
        done += _release(mine, now)
        if done:
            write_down(author, "resume", rule, now, channel=channel)
            tell_act("rule resumed", rule, channel)
        return _met(Message.shop.in_(shops) & (Message.rule == rule), _held(rule, shops), done)

    return bulk.in_transaction(store, work)


def release_rule(
    store: Store, rule: str, author: str, now: int, shop_id: int | None = None, channel: Channel = "console"
) -> Stopped | None:
    """Gives a person's word that a braked rule may go beyond its usual volume for a day; None where none is called so."""
    mine = _states(rule, shop_id)

    def work() -> Stopped | None:
        shops = [shop for (shop,) in RuleState.select(RuleState.shop).where(mine).tuples()]
        if not shops:
            return None
        braked = _held(rule, shops) & (Hold.reason == BRAKED)
        Hold.update(wake_at=now).where(braked).execute()
        done = _release(mine, now)
        write_down(author, "release", rule, now, channel=channel)
        tell_act("rule released", rule, channel)
        return _met(Message.shop.in_(shops) & (Message.rule == rule), braked, done)

    return bulk.in_transaction(store, work)


def pause_purpose(
    store: Store, purpose: str, paused: bool, author: str, now: int, channel: Channel = "console"
) -> Stopped:
    """Stops the sending of a purpose, or of `all`, or lets it go on; what is decided meanwhile waits with the rest."""

    def work() -> Stopped:
        bulk.lock_act(store, bulk.PAUSING)
        Setting.delete().where(Setting.name == PREFIX + purpose).execute()
        if paused:
            Setting.create(name=PREFIX + purpose, value=True)
        write_down(author, "pause" if paused else "resume", purpose, now, channel=channel)
        tell_act("purpose paused" if paused else "purpose resumed", purpose, channel)
        mine = Message.id.is_null(False) if purpose == ALL else Message.purpose == purpose
        return _met(mine, None, 0)

    return bulk.in_transaction(store, work)


def acts_on(what: str, most: int = 5) -> Sequence[Act]:
    """Lists the latest acts on a rule, a purpose or a version, the newest first."""
    return list(Act.select().where(Act.what == what).order_by(Act.at.desc(), Act.id.desc()).limit(most))


def _states(rule: str, shop_id: int | None) -> Any:
    named = (RuleState.rule == rule) & (RuleState.rule != "policy.yaml")
    return named if shop_id is None else named & (RuleState.shop == shop_id)


def _held(rule: str, shops: list[int]) -> Any:
    return (Hold.rule == rule) & Hold.shop.in_(shops)


def _release(mine: Any, now: int) -> int:
    word = {"braked_at": None, "released_until_at": now + RELEASED_FOR}
    return int(RuleState.update(word).where(mine & RuleState.braked_at.is_null(False)).execute())


def _met(mails: Any, holds: Any, rules: int) -> Stopped:
    """Counts what an act concerns; a claimed mail waits like a queued one, for its sender asks again."""
    states = {
        state: Message.select().where((Message.state == state) & mails).count() for state in OPEN_STATES
    }
    held = Hold.select().where(holds).count() if holds is not None else 0
    return Stopped(rules, sum(states[name] for name in WAITING), held, states["sending"])
