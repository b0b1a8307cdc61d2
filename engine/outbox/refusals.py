"""Refusals by policy (5.7.x): when those of one rule pile up it is paused, before the sender's good name is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from engine.audit import SERVER
from engine.clock import HOUR
from engine.config_sending import Refusals
from engine.outbox.acts import pause_rule
from engine.outbox.blot import blot
from engine.outbox.claim import TRANSACTIONAL
from engine.outbox.settle import BY_POLICY
from engine.store import Store
from models import Act, Message, RuleState, Shop

log = structlog.get_logger()
LOOKED_AT = 20  # of what was done to a rule; the shops of a server share its name
SETTLED = ("sent", "unknown", "refused")
POLICY, TOLD_LATER = "policy", "taken first, and sent back by the receiver's policy"


@dataclass(frozen=True, slots=True)
class Piled:
    """How many of a rule's latest mails were refused by policy, and what was said to the latest of them."""

    refused: int
    of_latest: int
    reply: str


def piled_up(shop_id: int, rule: str, limits: Refusals, now: int) -> Piled | None:
    """Looks at a rule's latest mails, since it was resumed at the earliest; None where too few were refused."""
    state = RuleState.get_or_none((RuleState.shop == shop_id) & (RuleState.rule == rule))
    since = max(now - limits.within_hours * HOUR, state.since_at if state else 0)
    mine = (Message.shop == shop_id) & (Message.rule == rule) & (Message.settled_at > since)
    columns = (Message.reason, Message.reply, Message.returned)
    latest = Message.select(*columns).where(mine & (Message.settled_at <= now))
    latest = latest.where(Message.state << SETTLED).order_by(Message.settled_at.desc(), Message.id.desc())
    rows = list(latest.limit(limits.of_latest).tuples())
    replies = [
        reply if reason == BY_POLICY else TOLD_LATER
        for reason, reply, returned in rows
        if reason == BY_POLICY or returned == POLICY
    ]
    return Piled(len(replies), len(rows), blot(replies[0] or "")) if len(replies) >= limits.at_least else None


def pause_refused(store: Store, keys: Collection[int], limits: Refusals | None, now: int) -> list[str]:
    """Pauses the rules of messages that were just refused by policy where that has happened too often.

    Mails about orders go on: of a paused rule, what falls due is lost. Returns the rules that were paused.
    """
    if limits is None or not keys:
        return []
    concerned = Message.select(Message.shop, Message.rule).where(
        Message.id << sorted(keys),
        (Message.reason == BY_POLICY) | (Message.returned == POLICY),
        Message.purpose != TRANSACTIONAL,
    )
    paused = []
    for shop, rule in sorted(set(concerned.tuples())):
        piled = piled_up(shop, rule, limits, now)
        if piled and not _is_paused(shop, rule) and _pause(store, shop, rule, piled, now):
            paused.append(rule)
    return paused


def _pause(store: Store, shop: int, rule: str, piled: Piled, now: int) -> bool:
    key = Shop.get_by_id(shop).key
    why: dict[str, Any] = {
        "because": BY_POLICY, "refused": piled.refused, "of_latest": piled.of_latest, "reply": piled.reply,
    }  # fmt: skip
    if pause_rule(store, rule, SERVER, now, shop, channel="server", shop=key, **why) is None:
        return False
    log.error(
        "rule_paused", shop=key, rule=rule, refused=piled.refused, of_latest=piled.of_latest, reply=piled.reply,
        remedy=f"find out why receivers refuse it, then: server.py resume {rule}",
    )  # fmt: skip
    return True


def _is_paused(shop: int, rule: str) -> bool:
    mine = (RuleState.shop == shop) & (RuleState.rule == rule) & (RuleState.paused == True)  # noqa: E712 - a column
    return bool(RuleState.select().where(mine).exists())


def paused_by_itself(shop_id: int) -> Iterator[Act]:
    """Yields the act that paused each rule that is paused because its mails were refused, the first rule first."""
    mine = (RuleState.shop == shop_id) & (RuleState.paused == True)  # noqa: E712 - a column
    for (rule,) in RuleState.select(RuleState.rule).where(mine).order_by(RuleState.rule).tuples():
        act = why_paused(shop_id, rule)
        if act is not None:
            yield act


def why_paused(shop_id: int, rule: str) -> Act | None:
    """Returns the act of the server's own that paused a rule, unless a person has paused or resumed it since."""
    acts = Act.select().where((Act.what == rule) & (Act.act << ("pause", "resume")))
    key = Shop.get_by_id(shop_id).key
    for act in acts.order_by(Act.at.desc(), Act.id.desc()).limit(LOOKED_AT):
        if act.detail.get("shop", key) == key:
            return act if act.detail.get("because") == BY_POLICY else None
    return None
