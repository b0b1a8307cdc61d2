"""API keys: shown once, kept as a hash, asked of the store before anything is written, so that a revoked one is dead at once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, request

from engine import bulk
from engine.clock import HOUR
from engine.store import Store
from engine.web.api.problems import Problem
from engine.web.api.scopes import chosen, granted
from models import ApiKey, Shop

PREFIX = "rk_"
SHOWN = 11  # characters that lists show
KNOWN = ("id", "shop_id", "revoked_at", "used_at", "scopes")  # what is read of a key


def new_key(shop_id: int, name: str, now: int, scopes: Iterable[str] = ()) -> str:
    """Makes a key of 256 random bits for a shop and returns it; only its hash is kept.

    Without `scopes`, which stand in scopes.py, it can send everything, and read coupons.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    ApiKey.create(
        shop=shop_id, name=name, prefix=key[:SHOWN], digest=digest_of_key(key), scopes=list(chosen(scopes)),
        created_at=now,
    )  # fmt: skip
    return key


def digest_of_key(key: str) -> str:
    """Returns the hash by which a key is known; plain SHA-256, since 256 random bits cannot be guessed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the key's digest, the shop that it belongs to, and what it may do."""

    digest: str
    shop_id: int
    shop: str
    used_at: int
    scopes: frozenset[str]


def caller_of_request(store: Store, now: int) -> Caller:
    """Returns whose API key came with the request, as the store says at this moment; raises a 401 problem."""
    digest = _digest_sent()
    rows = bulk.fetch(store, ApiKey, KNOWN, "digest", [digest])
    if not rows or rows[0][2] is not None:
        raise _refused(digest)
    number, shop_id, _, used_at, scopes = rows[0]
    if (
        used_at is None or used_at < now - HOUR
    ):  # once an hour will do; every request would double the commits
        bulk.in_transaction(store, lambda: bulk.update(store, ApiKey, ("used_at",), [(now, number)]))
        used_at = now
    caller = Caller(digest, shop_id, _shop_key(store, shop_id), used_at, granted(json.loads(scopes)))
    _callers()[digest] = caller
    return caller


def familiar_caller(store: Store, now: int) -> Caller:
    """Returns whose API key came with the request, as it was known last; whoever writes for it must `confirm` it."""
    known = _callers().get(_digest_sent())
    return known if known is not None and known.used_at >= now - HOUR else caller_of_request(store, now)


def confirm(store: Store, digests: Iterable[str]) -> None:
    """Raises a 401 problem where one of these keys was revoked since it was known; inside the writing transaction."""
    wanted = set(digests)
    rows = bulk.fetch(store, ApiKey, ("digest", "revoked_at"), "digest", wanted)
    for digest in wanted - {row[0] for row in rows if row[1] is None}:
        raise _refused(digest)


def _digest_sent() -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        raise _unknown("send Authorization: Bearer KEY with a key of `server.py keys create`", "")
    return digest_of_key(key.strip())


def _refused(digest: str) -> Problem:
    _callers().pop(digest, None)
    return _unknown("this key is not known or was revoked", ', error="invalid_token"')


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
