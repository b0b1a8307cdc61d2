"""Writes down what was decided: every decision with its reason, what waits, what is final, and the mails to send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine import bulk
from engine.matching.due import Due
from engine.outbox.draft import Draft
from engine.outbox.enqueue import enqueue
from engine.policy.model import Decision
from engine.policy.variants import variant_of
from engine.rulebook.ast import Rule
from engine.store import Store
from models import Decision as DecisionRow
from models import Hold, Settlement

Key = tuple[str, int, str]
CHUNK = 400
DECISION = (
    "shop_id", "customer_id", "rule", "anchor", "anchor_at", "due_at", "at", "outcome", "reason", "until_at",
    "because_of", "taken_by", "values", "version", "message_id",
)  # fmt: skip
SETTLEMENT = (
    "shop_id", "rule", "customer_id", "anchor", "outcome", "at", "message_id", "order_id", "product",
)  # fmt: skip
HOLD = (
    "shop_id", "rule", "customer_id", "anchor", "anchor_at", "due_at", "expires_at", "held_at", "wake_at", "reason",
    "because_of", "every_minute",
)  # fmt: skip
as_text = DecisionRow.values.db_value


def record(
    store: Store, shop_id: int, decisions: Sequence[Decision], dues: Sequence[Due], addresses: Mapping[int, int | None],
    version: str | None, now: int, key: bytes = b"",
) -> int:  # fmt: skip
    """Writes decisions, holds, settlements and messages in the caller's transaction; returns how many mails go out.

    `key` is the home's, by which variants are drawn.
    """
    due_of = {due.key: due for due in dues}
    messages = _enqueue(store, shop_id, decisions, due_of, addresses, version, now, key)
    waiting = _waiting(decisions)
    _decisions(store, shop_id, decisions, due_of, messages, waiting, version, now)
    _settle(store, shop_id, [d for d in decisions if d.outcome != "hold"], messages, now)
    bulk.delete(
        store, Hold, "id", [waiting[d.candidate.key].id for d in decisions if d.candidate.key in waiting]
    )
    _hold(store, shop_id, [d for d in decisions if d.outcome == "hold"], waiting, now)
    return len(set(messages.values()))


def _enqueue(
    store: Store, shop_id: int, decisions: Iterable[Decision], due_of: Mapping[Key, Due],
    addresses: Mapping[int, int | None], version: str | None, now: int, key: bytes,
) -> dict[Key, int]:  # fmt: skip
    """Merges what one rule sends one customer in this minute into one mail; returns the mail of each anchor."""
    groups: dict[tuple[str, int], list[Due]] = defaultdict(list)
    for decision in decisions:
        if decision.outcome == "send":
            due = due_of[decision.candidate.key]
            groups[due.rule.id, due.customer_id].append(due)
    merged = list(groups.values())
    drafts = [
        draft_of(shop_id, dues, addresses.get(dues[0].customer_id), version, now, key) for dues in merged
    ]
    ids = enqueue(store, shop_id, drafts, now) if drafts else []
    return {due.key: message for message, dues in zip(ids, merged, strict=True) for due in dues}


def draft_of(
    shop_id: int, dues: list[Due], address_id: int | None, version: str | None, now: int, key: bytes = b""
) -> Draft:
    """Makes one mail of anchors that go together, latest first; `key` is the home's, which draws the variant."""
    latest_first = sorted(dues, key=lambda due: (-due.anchor_at, due.anchor))
    rule: Rule = dues[0].rule
    return Draft(
        shop_id, dues[0].customer_id, address_id, rule.id, rule.purpose, rule.send,
        tuple(dict(due.values) for due in latest_first), now, min(due.due_at for due in dues),
        max(due.expires_at for due in dues), title=rule.title or rule.id, note=rule.note or None, version=version,
        variant=variant_of(key, rule.id, str(dues[0].customer_id), rule.variants),
        extra={**rule.with_, "clicks": True} if rule.clicks else dict(rule.with_),
    )  # fmt: skip


def _decisions(
    store: Store, shop_id: int, decisions: Iterable[Decision], due_of: Mapping[Key, Due], messages: Mapping[Key, int],
    waiting: Mapping[Key, Hold], version: str | None, now: int,
) -> None:  # fmt: skip
    rows = []
    for d in decisions:
        c = d.candidate
        before = waiting.get(c.key)
        if (
            d.outcome == "hold"
            and before
            and (before.reason, before.because_of) == (d.reason, d.because_of)
            and before.wake_at == _wake(d)
        ):
            continue  # it still waits for the very same thing: nothing new to tell
        rows.append((
            shop_id, c.customer_id, c.rule, c.anchor, c.anchor_at, c.due_at, now, d.outcome, d.reason, d.until_at,
            d.because_of, d.taken_by, as_text(dict(due_of[c.key].values)), version, messages.get(c.key),
        ))  # fmt: skip
    bulk.insert(store, DecisionRow, DECISION, rows)


def _settle(
    store: Store, shop_id: int, decisions: list[Decision], messages: Mapping[Key, int], now: int
) -> None:
    """Writes the keys that forbid a second decision."""
    rows: list[tuple[Any, ...]] = []
    for d in decisions:
        c, values = d.candidate, d.candidate.values
        rows.append((
            shop_id, c.rule, c.customer_id, c.anchor, d.outcome, now, messages.get(c.key), values.get("order_id"),
            values.get("product"),
        ))  # fmt: skip
    bulk.insert(store, Settlement, SETTLEMENT, rows)


def _waiting(decisions: Iterable[Decision]) -> dict[Key, Hold]:
    customers = sorted({d.candidate.customer_id for d in decisions if d.candidate.held})
    found = {}
    for start in range(0, len(customers), CHUNK):
        for hold in Hold.select().where(Hold.customer.in_(customers[start : start + CHUNK])):
            found[hold.rule, hold.customer_id, hold.anchor] = hold
    return found


def _wake(decision: Decision) -> int:
    """Returns when to ask again: when what it waits for may have come, at the latest when it expires."""
    expires = decision.candidate.expires_at
    return min(decision.until_at, expires) if decision.until_at is not None else expires


def _hold(
    store: Store, shop_id: int, decisions: list[Decision], waiting: Mapping[Key, Hold], now: int
) -> None:
    rows: list[tuple[Any, ...]] = []
    for d in decisions:
        c = d.candidate
        before = waiting.get(c.key)
        rows.append((
            shop_id, c.rule, c.customer_id, c.anchor, c.anchor_at, c.due_at, c.expires_at,
            before.held_at if before else now, _wake(d), d.reason, d.because_of, d.until_at is None,
        ))  # fmt: skip
    bulk.insert(store, Hold, HOLD, rows)
