"""Decided mails enter the queue, in the transaction of their decisions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from engine import bulk
from engine.outbox.domains import OTHERS, group_of
from engine.outbox.draft import Draft
from engine.store import Store
from models import Address, Message

COLUMNS = (
    "id", "shop_id", "customer_id", "address_id", "rule", "purpose", "domain_group", "template", "version", "anchors", "title",
    "note", "variant", "extra", "state", "message_id", "token", "decided_at", "counted_at", "due_at", "expires_at",
    "not_before_at", "attempts",
)  # fmt: skip


def enqueue(store: Store, shop_id: int, drafts: Sequence[Draft], now: int) -> list[int]:
    """Inserts the drafts in the caller's transaction and returns the ids of their messages, in order.

    Each gets the identity that it keeps for life: a token for its links, and what stands left of the @ in its
    Message-ID. The part on the right is the sender's domain, written when it is first sent.
    """
    ids = bulk.allocate(store, Message, len(drafts))
    wanted = {draft.address_id for draft in drafts if draft.address_id is not None}
    groups = {
        key: group_of(email) for key, email in bulk.fetch(store, Address, ("id", "email"), "id", wanted)
    }
    bulk.insert(
        store,
        Message,
        COLUMNS,
        [
            _row(key, shop_id, draft, groups.get(draft.address_id or 0, OTHERS), now)
            for key, draft in zip(ids, drafts, strict=True)
        ],
    )
    return ids


def _row(key: int, shop_id: int, draft: Draft, group: str, now: int) -> tuple[Any, ...]:
    return (
        key, shop_id, draft.customer_id, draft.address_id, draft.rule, draft.purpose, group, draft.template, draft.version,
        _json([dict(anchor) for anchor in draft.anchors]), draft.title, draft.note, draft.variant, _json(draft.extra),
        "queued", f"{secrets.token_hex(8)}.{key:x}", secrets.token_urlsafe(16), draft.decided_at, draft.decided_at,
        draft.due_at, draft.expires_at, draft.not_before_at or now, 0,
    )  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Writes what JSON has no word for (a duration, an amount) as the marketer wrote it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
