"""API keys: shown once, kept as a hash, asked of the store before anything is written, so that a revoked one is dead at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, request

from engine import bulk
from engine.clock import HOUR
from engine.store import Store
from engine.web.api.issuing import digest_of_key as digest_of_key  # both are named by those who call
from engine.web.api.issuing import is_over
from engine.web.api.issuing import new_key as new_key
from engine.web.api.limiting import Limits, count_request, limits_of
from engine.web.api.problems import Problem
from engine.web.api.scopes import granted
from engine.web.app import served
from models import ApiKey, Shop

KNOWN = (
    "id", "shop_id", "revoked_at", "expires_at", "used_at", "scopes", "family", "requests", "items",
)  # fmt: skip  # what is read of a key


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the key's digest, the shop that it belongs to, what it may do, and how much."""

    digest: str
    shop_id: int
    shop: str
    used_at: int
    scopes: frozenset[str]
    limits: Limits


def caller_of_request(store: Store, now: int) -> Caller:
    """Returns whose API key came with the request, as the store says at this moment; raises a 401 or a 429 problem."""
    return _counted(_looked_up(store, _digest_sent(), now))


def _counted(caller: Caller) -> Caller:
    count_request(caller.limits)
    return caller


def _looked_up(store: Store, digest: str, now: int) -> Caller:
    rows = bulk.fetch(store, ApiKey, KNOWN, "digest", [digest])
    if not rows or is_over(rows[0][2], rows[0][3], now):
        raise _refused(digest)
    number, shop_id, _, _, used_at, scopes, family, requests, items = rows[0]
    if (
        used_at is None or used_at < now - HOUR
    ):  # once an hour will do; every request would double the commits
        bulk.in_transaction(store, lambda: bulk.update(store, ApiKey, ("used_at",), [(now, number)]))
        used_at = now
    shop = _shop_key(store, shop_id)
    limits = limits_of(served().config, shop, family or number, requests, items)
    caller = Caller(digest, shop_id, shop, used_at, granted(json.loads(scopes)), limits)
    _callers()[digest] = caller
    return caller


def familiar_caller(store: Store, now: int) -> Caller:
    """Returns whose API key came with the request, as it was known last; whoever writes for it must `confirm` it."""
    digest = _digest_sent()
    known = _callers().get(digest)
    fresh = known is not None and known.used_at >= now - HOUR
    return _counted(known if known is not None and fresh else _looked_up(store, digest, now))


def confirm(store: Store, digests: Iterable[str], now: int) -> None:
    """Raises a 401 problem where one of these keys was revoked or has ended since it was known; inside the writing
    transaction."""
    wanted = set(digests)
    rows = bulk.fetch(store, ApiKey, ("digest", "revoked_at", "expires_at"), "digest", wanted)
    for digest in wanted - {row[0] for row in rows if not is_over(row[1], row[2], now)}:
        raise _refused(digest)


def _digest_sent() -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        raise _unknown("send Authorization: Bearer KEY with a key of `server.py keys create`", "")
    return digest_of_key(key.strip())


def _refused(digest: str) -> Problem:
    _callers().pop(digest, None)
    return _unknown(
        "this key is not known, was revoked, or was replaced by another", ', error="invalid_token"'
    )


def _callers() -> dict[str, Caller]:
    """Returns the keys that were good when they came last; only keys of shops get in, so it stays small."""
    known: dict[str, Caller] = current_app.extensions.setdefault("callers", {})
    return known


def _shop_key(store: Store, shop_id: int) -> str:
    """Returns the key of a shop, which never changes, from what this application has read before."""
    known: dict[int, str] = current_app.extensions.setdefault("shop_keys", {})
    if shop_id not in known:
        known[shop_id] = str(bulk.fetch(store, Shop, ("key",), "id", [shop_id])[0][0])
    return known[shop_id]


def _unknown(detail: str, error: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": f'Bearer realm="regulars"{error}'})
