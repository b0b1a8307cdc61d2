"""API keys are made, replaced and revoked: a secret is shown once, and only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from engine.clock import DAY
from engine.config_testing import is_test
from engine.errors import UsageError
from engine.web.api.scopes import chosen
from models import ApiKey, Shop

PREFIX, TEST_PREFIX = "rk_", "rk_test_"
SHOWN = 8  # characters behind the prefix that lists show
LONGEST_OVERLAP = 90 * DAY
USUAL_OVERLAP = DAY


def new_key(shop_id: int, name: str, now: int, scopes: Iterable[str] = (), **limits: int | None) -> str:
    """Makes a key of 256 random bits for a shop and returns it; only its hash is kept.

    Without `scopes`, which stand in scopes.py, it can send everything, and read coupons. A test shop's key begins with
    rk_test_. `limits` are `requests` and `items` a minute, where config.yaml's shall not hold.
    """
    return _insert(shop_id, name, now, list(chosen(scopes)), **limits)[0]


def replace_key(old: ApiKey, now: int, overlap: int = USUAL_OVERLAP) -> str:
    """Makes a new secret for a key and returns it; the old one works for `overlap` microseconds more.

    In the caller's transaction. Raises UsageError where the key is over already, or the overlap too long.
    """
    if is_over(old.revoked_at, old.expires_at, now):
        raise UsageError(f"the key {old.prefix}… works no more", remedy="make a new one: keys create")
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise UsageError("an old secret works for 90 days more at most", remedy="name a shorter overlap")
    key, number = _insert(
        old.shop_id, old.name, now, old.scopes, requests=old.requests, items=old.items, family=family_of(old)
    )
    ends = now + overlap
    mine = (ApiKey.family == family_of(old)) | (ApiKey.id == family_of(old))
    living = mine & (ApiKey.id != number) & ApiKey.revoked_at.is_null()
    later = ApiKey.expires_at.is_null() | (ApiKey.expires_at > ends)
    ApiKey.update(expires_at=ends).where(living & later).execute()
    return key


def family_of(key: Any) -> int:
    """Returns what a key and those that replaced it have in common."""
    return int(key.family or key.id)


def is_over(revoked_at: int | None, expires_at: int | None, now: int) -> bool:
    """Says whether a secret works no more."""
    return revoked_at is not None or (expires_at is not None and expires_at <= now)


def digest_of_key(key: str) -> str:
    """Returns the hash by which a key is known; plain SHA-256, since 256 random bits cannot be guessed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def shown_of(key: str) -> str:
    """Returns the beginning of a key, by which people tell it from others."""
    return key[: (len(TEST_PREFIX) if key.startswith(TEST_PREFIX) else len(PREFIX)) + SHOWN]


def _insert(shop_id: int, name: str, now: int, scopes: list[str], **more: int | None) -> tuple[str, int]:
    prefix = TEST_PREFIX if is_test(Shop.get_by_id(shop_id).key) else PREFIX
    key = prefix + secrets.token_urlsafe(32)
    row = ApiKey.create(
        shop=shop_id,
        name=name,
        prefix=shown_of(key),
        digest=digest_of_key(key),
        scopes=scopes,
        created_at=now,
        **more,
    )
    return key, row.id
