"""API keys: shown once, kept as a hash, asked of the store at every request so that a revoked one is dead at once."""

from __future__ import annotations

import hashlib
import secrets

from flask import current_app, request

from engine import bulk
from engine.clock import HOUR
from engine.store import Store
from engine.web.api.problems import Problem
from models import ApiKey, Shop

PREFIX = "rk_"
SHOWN = 11  # characters that lists show


def new_key(shop_id: int, name: str, now: int) -> str:
    """Makes a key of 256 random bits for a shop and returns it; only its hash is kept."""
    key = PREFIX + secrets.token_urlsafe(32)
    ApiKey.create(shop=shop_id, name=name, prefix=key[:SHOWN], digest=digest_of_key(key), created_at=now)
    return key


def digest_of_key(key: str) -> str:
    """Returns the hash by which a key is known; plain SHA-256, since 256 random bits cannot be guessed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def shop_of_request(store: Store, now: int) -> tuple[int, str]:
    """Returns the id and key of the shop whose API key came with the request; raises a 401 problem."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        raise _unknown("send Authorization: Bearer KEY with a key of `server.py keys create`", "")
    columns = ("id", "shop_id", "revoked_at", "used_at")
    rows = bulk.fetch(store, ApiKey, columns, "digest", [digest_of_key(key.strip())])
    if not rows or rows[0][2] is not None:
        raise _unknown("this key is not known or was revoked", ', error="invalid_token"')
    number, shop_id, _, used_at = rows[0]
    if (
        used_at is None or used_at < now - HOUR
    ):  # once an hour will do; every request would double the commits
        bulk.in_transaction(store, lambda: bulk.update(store, ApiKey, ("used_at",), [(now, number)]))
    return shop_id, _shop_key(store, shop_id)


def _shop_key(store: Store, shop_id: int) -> str:
    """Returns the key of a shop, which never changes, from what this application has read before."""
    known: dict[int, str] = current_app.extensions.setdefault("shop_keys", {})
    if shop_id not in known:
        known[shop_id] = str(bulk.fetch(store, Shop, ("key",), "id", [shop_id])[0][0])
    return known[shop_id]


def _unknown(detail: str, error: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": f'Bearer realm="regulars"{error}'})
