"""Pools: codes that a shop has made in its own system and brought here, each of which goes into one mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from peewee import fn

from engine.loyalty.codes import folded
from engine.store import Store
from models import Coupon, PoolCode, Setting

CODE = re.compile(r"[!-~]{3,64}")  # what can be typed at a checkout: ASCII without spaces
EMPTY = "pool_empty:"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the codes that were brought."""

    added: int
    known: int  # were there already, in whatever pool, or have been in a mail
    wrong: tuple[str, ...] = ()  # cannot be a code


@dataclass(frozen=True, slots=True)
class Pool:
    """How full a pool is."""

    name: str
    left: int
    issued: int
    empty_since_at: int | None = None  # a mail has been refused for want of a code


def add_codes(store: Store, shop: int, pool: str, codes: Iterable[str], now: int) -> Added:
    """Fills a pool; what is there already stays once, and what no customer could type is left out and told."""
    written = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    wrong = tuple(code for code in written if not CODE.fullmatch(code))
    good = {folded(code): code for code in written if CODE.fullmatch(code)}
    with store.transaction():
        new = {key: good[key] for key in _unknown(shop, list(good))}
        rows = [
            {"shop": shop, "pool": pool, "code": code, "folded": key, "added_at": now}
            for key, code in new.items()
        ]
        for start in range(0, len(rows), AT_ONCE):
            PoolCode.insert_many(rows[start : start + AT_ONCE]).execute()
        if rows:
            Setting.delete().where(Setting.name == _empty_name(shop, pool)).execute()
    return Added(len(rows), len(written) - len(wrong) - len(rows), wrong)


def _unknown(shop: int, keys: list[str]) -> list[str]:
    known: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        for table in (PoolCode, Coupon):
            rows = table.select(table.folded).where((table.shop == shop) & (table.folded << some))
            known |= {key for (key,) in rows.tuples()}
    return [key for key in keys if key not in known]


def take(shop: int, pool: str, count: int) -> list[str]:
    """Takes so many codes out of a pool, the oldest first, or as many as there are; in the caller's transaction."""
    mine = (PoolCode.shop == shop) & (PoolCode.pool == pool)
    rows = list(
        PoolCode.select(PoolCode.id, PoolCode.code).where(mine).order_by(PoolCode.id).limit(count).tuples()
    )
    keys = [key for key, _ in rows]
    for start in range(0, len(keys), AT_ONCE):
        PoolCode.delete().where(PoolCode.id << keys[start : start + AT_ONCE]).execute()
    return [code for _, code in rows]


def has_codes(shop: int, pool: str) -> bool:
    """Says whether a pool has at least one code left."""
    mine = (PoolCode.shop == shop) & (PoolCode.pool == pool)
    return bool(PoolCode.select(PoolCode.id).where(mine).exists())


def pools(shop: int) -> list[Pool]:
    """Lists the pools of a shop, by name: those with codes, those that have issued some, and those found empty."""
    left = _counts(
        PoolCode.select(PoolCode.pool, fn.COUNT(PoolCode.id)).where(PoolCode.shop == shop), PoolCode.pool
    )
    used = (Coupon.shop == shop) & Coupon.pool.is_null(False)
    issued = _counts(Coupon.select(Coupon.pool, fn.COUNT(Coupon.id)).where(used), Coupon.pool)
    empty = empty_pools(shop)
    names = sorted({*left, *issued, *empty})
    return [Pool(name, left.get(name, 0), issued.get(name, 0), empty.get(name)) for name in names]


def _counts(query: object, column: object) -> dict[str, int]:
    return dict(query.group_by(column).tuples())  # type: ignore[attr-defined]


def _empty_name(shop: int, pool: str) -> str:
    return f"{EMPTY}{shop}:{pool}"


def note_empty(shop: int, pool: str, now: int) -> None:
    """Notes, for the operator, since when mails have been refused for want of a code; adding codes takes it back."""
    Setting.insert(name=_empty_name(shop, pool), value=now).on_conflict_ignore().execute()


def empty_pools(shop: int) -> dict[str, int]:
    """Returns the pools that had no code for a mail, and since when."""
    start = _empty_name(shop, "")
    rows = Setting.select(Setting.name, Setting.value).where(Setting.name.startswith(start)).tuples()
    return {name.removeprefix(start): int(at) for name, at in rows}
