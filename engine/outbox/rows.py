"""Messages as a sender reads them, three times each: by statements compiled once, into the lightest thing with fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from types import SimpleNamespace
from typing import Any, cast

from peewee import SqliteDatabase

from engine.prepared import Row, prepared
from models import Address, Message
from models.base import database

FIELDS = tuple(Message._meta.sorted_fields)
NAMES = tuple(field.column_name for field in FIELDS)


def by_keys(keys: Collection[int]) -> list[Message]:
    """Returns messages, each with its `address`, in no order."""
    return [_light(row) for row in _with_address(list(keys))] if keys else []


def locked(keys: Collection[int]) -> list[Message]:
    """Returns messages as they are once nobody else writes them, in the caller's transaction; `anchors` stay unread."""
    return [_light(row, whole=False) for row in _locked(sorted(keys))] if keys else []


def locked_of(worker: str, keys: Collection[int]) -> list[Message]:
    """Returns those of the messages that a worker has claimed and not begun, likewise."""
    return [_light(row) for row in _locked_of(worker, sorted(keys))] if keys else []


def _for_update(query: Any) -> Any:
    """Locks rows; whoever writes SQLite holds its only write lock from the start."""
    return query if isinstance(database.obj, SqliteDatabase) else query.for_update()


@prepared
def _with_address(keys: Any) -> Any:
    return Message.select(*FIELDS, Address.email).join(Address).where(Message.id.in_(keys))


@prepared
def _locked(keys: Any) -> Any:
    return _for_update(Message.select(*FIELDS).where(Message.id.in_(keys)))


@prepared
def _locked_of(worker: Any, keys: Any) -> Any:
    mine = (Message.state == "claimed") & (Message.claimed_by == worker)
    return _for_update(Message.select(*FIELDS).where(Message.id.in_(keys), mine))


def _light(row: Row, whole: bool = True) -> Message:
    """Makes of a row what reads as a message; a model's own objects take ten times as long."""
    found = SimpleNamespace(**dict(zip(NAMES, row, strict=False)))
    if whole:
        found.anchors, found.extra = json.loads(found.anchors), json.loads(found.extra)
    if len(row) > len(NAMES):
        found.address = SimpleNamespace(id=found.address_id, email=row[-1])
    return cast(Message, found)


def among(condition: Callable[[], Any], table: Any) -> Callable[[Sequence[int]], set[int]]:
    """Makes a function that returns those of some keys whose row of a table meets a condition."""

    @prepared
    def query(keys: Any) -> Any:
        return table.select(table.id).where(table.id.in_(keys), condition())

    return lambda keys: {key for (key,) in query(list(keys))} if keys else set()
