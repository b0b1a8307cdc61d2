"""Brings a backup back into an empty home, so that nobody gets a mail twice and nobody who was erased comes back.

A backup is older than what happened after it: mails that it calls waiting may have gone out since. What is marketing is
therefore never sent again by itself, and rules act on what falls due from now on; what is transactional is sent at least once.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from peewee import BooleanField

from engine import bulk
from engine.backup.file import SECRET, About, Part, about_of, opened, rows_of
from engine.consent.erasures import erase_again
from engine.consent.withdrawn_again import withdraw_again
from engine.errors import UsageError
from engine.failpoint import failpoint
from engine.journal import move
from engine.store import Store
from models import TABLES, Cursor, Customer, Decision, Hold, Message, Order, RuleState, Settlement
from models.append_only import allow_changes, refuse_changes
from models.migrations import FOLDER

AT_ONCE = 5_000  # rows
MAY_HAVE_GONE = ("queued", "claimed", "deferred", "sending")
Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and what was made of what may have gone out meanwhile."""

    made_at: int
    rows: int
    unknown: int  # marketing mails that waited: nobody can tell whether they went
    queued: int  # transactional mails, which go out again
    ended: int  # candidates that were held
    erased: int  # customers who were erased after the backup
    withdrawn: int  # customers who took something back after it
    suppressed: int  # mailboxes that were suppressed after it


def restore(
    store: Store, home: Path, file: Path, now: int, transactional: Collection[str], told: Told = lambda table, rows: None
) -> Restored:  # fmt: skip
    """Brings a backup back into an empty store; raises UsageError where it is not empty, or the file is no backup.

    `transactional` are the rules whose mails are sent at least once. `home` gets the backup's secret, which old links are
    signed with, and its own lists of erasures and withdrawals are gone through once more.
    """
    with opened(file) as archive:
        about = about_of(archive)
        _fits(about)
        with store.transaction():
            _demand_empty()
            allow_changes(store.database)  # the log that is taken away is of a home that nobody has used
            rows = sum(_load(store, archive, part, told) for part in about.tables)
            refuse_changes(store.database)
            unknown, queued, ended = _settle(now, set(transactional))
            # Before the commit: whoever is killed here finds an empty home and begins again, and nobody who was erased
            # is back for a moment.
            _take_secret(store, archive, home)
            erased = erase_again(home, store, now)
            withdrawn, suppressed = withdraw_again(home, store, now)
            failpoint("restore.written")
        failpoint("restore.committed")
    return Restored(about.made_at, rows, unknown, queued, ended, erased, withdrawn, suppressed)


def _fits(about: About) -> None:
    ours = {each.stem for each in FOLDER.glob("[0-9]*.py")}
    if unknown := sorted(set(about.migrations) - ours):
        raise UsageError(
            f"the backup has {', '.join(unknown)}, which this Regulars does not know",
            remedy="restore it with a newer one",
        )


def _demand_empty() -> None:
    for table in (Customer, Order, Message):
        if table.select().exists():
            raise UsageError(
                f"this home has rows of {table._meta.table_name} already",
                remedy="name an empty one with --home DIR, or an empty database in config.yaml",
            )


def _load(store: Store, archive: zipfile.ZipFile, part: Part, told: Told) -> int:
    """Writes the rows of one table; a column that is newer than the backup gets what new rows get."""
    table = next((each for each in TABLES if each._meta.table_name == part.name), None)
    if table is None:
        raise UsageError(f"the backup has a table {part.name!r}, which this Regulars does not know")
    table.delete().execute()
    fields = [table._meta.columns[name] for name in part.columns]
    added = [field for name, field in table._meta.columns.items() if name not in part.columns]
    values = tuple(
        field.db_value(field.default() if callable(field.default) else field.default) for field in added
    )
    columns, count = (*part.columns, *(field.column_name for field in added)), 0
    truths = [place for place, field in enumerate(fields) if isinstance(field, BooleanField)]
    rows = rows_of(archive, part)
    while some := list(islice(rows, AT_ONCE)):
        bulk.insert(store, table, columns, [(*_typed(row, truths), *values) for row in some])
        count += len(some)
        told(part.name, count)
    if count != part.rows:
        raise UsageError(
            f"{part.name} has {count} rows and should have {part.rows}", remedy="take another backup"
        )
    _go_on_counting(store, table)
    return count


def _typed(row: list[Any], truths: list[int]) -> list[Any]:
    """SQLite keeps truths as 0 and 1; PostgreSQL wants them as what they are."""
    for place in truths:
        row[place] = None if row[place] is None else bool(row[place])
    return row


def _go_on_counting(store: Store, table: Any) -> None:
    if store.postgresql:
        name = table._meta.table_name
        bulk.run(
            store,
            f"select setval(pg_get_serial_sequence('\"{name}\"', 'id'), coalesce(max(id), 0) + 1, false) from \"{name}\"",
        )


def _settle(now: int, transactional: set[str]) -> tuple[int, int, int]:
    """Takes nothing for granted that may have happened after the backup."""
    free: dict[str, Any] = {"claimed_by": None, "lease_until_at": None}
    waiting = Message.state.in_(MAY_HAVE_GONE)
    ours = Message.purpose == "transactional"
    unknown = move(waiting & ~ours, state="unknown", reason="restored", settled_at=now, **free)
    queued = move(waiting & ours, state="queued", not_before_at=now, **free)
    ended = _end_holds(now)
    Cursor.update(owner=None, lease_until_at=0).execute()
    RuleState.update(since_at=now).where(RuleState.rule.not_in(sorted(transactional) or [""])).execute()
    return unknown, queued, ended


def _end_holds(now: int) -> int:
    """What waited may have been decided since: it expires."""
    holds = list(Hold.select())
    for hold in holds:
        key = {"shop": hold.shop_id, "rule": hold.rule, "customer": hold.customer_id, "anchor": hold.anchor}
        Settlement.create(**key, outcome="expire", at=now)
        Decision.create(
            **key,
            anchor_at=hold.anchor_at,
            due_at=hold.due_at,
            at=now,
            outcome="expire",
            reason="expired",
            because_of="restored",
        )
    Hold.delete().execute()
    return len(holds)


def _take_secret(store: Store, archive: zipfile.ZipFile, home: Path) -> None:
    """Puts the secret in place whole or not at all."""
    text = archive.read(SECRET).decode("ascii")
    store.secret = bytes.fromhex(text)
    draft = home / "secret.restored"
    draft.touch(mode=0o600)
    draft.write_text(text, "ascii")
    draft.replace(home / "secret.key")
