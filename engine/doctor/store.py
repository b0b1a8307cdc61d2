"""The database: is it of this version, can it be written, and does it keep what it has promised to keep?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from engine.clock import SECOND
from engine.doctor.finding import Finding, ok
from engine.store import Store
from models import Setting
from models.migrations import TooNew, pending

PROBE = "doctor's probe"
SLOW = 0.25  # seconds for one durable commit
DRIFT = 2 * SECOND  # between this machine's clock and the database's
DURABLE = {
    "fsync": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write", "local"),
    "full_page_writes": ("on",),
}


def version(found: Store) -> Finding | None:
    """Says what keeps this version from using the store at all, if anything does."""
    try:
        missing = pending(found.database)
    except TooNew as error:
        return Finding(
            "problem", "store", str(error), "run the version of Regulars that made it, or a newer one"
        )
    lacking = f"it lacks {', '.join(missing)}"
    return Finding("problem", "store", lacking, "run server.py migrate") if missing else None


def store(found: Store, machine: Callable[[], int]) -> Iterator[Finding]:
    """Looks at writing, durability, and on PostgreSQL at the difference of the clocks."""
    yield _commit(found)
    if found.postgresql:
        yield from (_kept(found), _clock(found, machine))
    else:
        yield _sqlite(found)


def _commit(found: Store) -> Finding:
    """Writes and takes back one row, each durably: what every order waits for."""
    began = time.perf_counter()
    with found.transaction():
        Setting.insert(name=PROBE, value=True).on_conflict_ignore().execute()
    seconds = time.perf_counter() - began
    with found.transaction():
        Setting.delete().where(Setting.name == PROBE).execute()
    said = f"a durable commit takes {seconds * 1000:.1f} ms"
    if seconds > SLOW:
        return Finding("warning", "store", said, "see what else writes to this disk, or take a faster one")
    return ok("store", said)


def _sqlite(found: Store) -> Finding:
    mode = found.database.execute_sql("pragma journal_mode").fetchone()[0]
    kept = found.database.execute_sql("pragma synchronous").fetchone()[0]
    if (mode, kept) == ("wal", 2):
        return ok("store", "SQLite keeps every commit through a power cut (WAL, synchronous=FULL)")
    said = f"SQLite runs with journal_mode={mode}, synchronous={kept}"
    return Finding("problem", "store", said, "put the home on a local disk")


def _kept(found: Store) -> Finding:
    for name, good in DURABLE.items():
        value = found.database.execute_sql(f"show {name}").fetchone()[0]
        if value not in good:
            said = f"PostgreSQL runs with {name}={value}: an accepted order may be lost in a power cut"
            return Finding("problem", "store", said, f"set {name} = {good[0]} in postgresql.conf")
    return ok("store", "PostgreSQL keeps every commit through a power cut")


def _clock(found: Store, machine: Callable[[], int]) -> Finding:
    theirs = found.database.execute_sql("select extract(epoch from clock_timestamp())").fetchone()[0]
    drift = abs(int(theirs * SECOND) - machine())
    if drift > DRIFT:
        said = f"this machine and the database differ by {drift / SECOND:.0f} s"
        return Finding("warning", "clock", said, "let both keep time by NTP")
    return ok("clock", "this machine and the database agree on the time")
