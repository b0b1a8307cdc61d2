"""Matching, the whole tick, and growth: twenty rules against the same questions written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import by_hand
from bench.measure import Row, interleaved, ms
from bench.shape import NOW, SECOND, Size
from bench.store import config
from engine.matching.find import find_due
from engine.matching.view import View
from engine.policy.compiled import CompiledPolicy, compile_policy
from engine.policy.history import Draw
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of
from engine.store import Store
from engine.tick import tick
from models import Cursor, Decision, Hold, Message, Settlement

LAST = NOW - 60 * SECOND
WRITTEN = (Decision, Settlement, Hold, Message)


def rulebook() -> Rulebook:
    """Reads the bench's twenty rules."""
    found = load_rulebook(Path(__file__).parent / "rules", vocabulary_of(config(), None))
    if len(found.rules) != 20 or found.errors:
        raise SystemExit(f"the bench's rules are broken: {found.errors}")
    return found


def view_of(store: Store, book: Rulebook) -> View:
    """Returns the bench's shop at ten o'clock."""
    settings = config()
    return View(settings, settings.shops[0], 1, book, NOW, dict.fromkeys(book.rules, 0), store.postgresql)


def matching(store: Store, name: str, size: Size) -> Row:
    """Compares finding what is due with the hand-written statements; both must find the same."""
    view, cursor = view_of(store, rulebook()), store.database.cursor()
    found, wanted = {due.key for due in find_due(view, LAST)}, set(by_hand.find(cursor))
    if found != wanted:
        odd = sorted(found ^ wanted)[:5]
        raise AssertionError(f"{len(found)} due, by hand {len(wanted)}; not alike: {odd}")
    ours, limit, ratio = interleaved(lambda: find_due(view, LAST), lambda: by_hand.find(cursor))
    what = f"matching, {name}: 20 rules, {size.customers:,} customers, {len(found)} due"
    return Row(what, ms(limit), ms(ours), ratio, 2)


def whole_tick(store: Store, name: str) -> Row:
    """Compares a tick with the hand-written statements and one row inserted for each decision and message."""
    book = rulebook()
    view, policy = view_of(store, book), compile_policy(book.policy)
    _clean(store)
    one_tick(view, policy, store)
    decisions, messages = (list(table.select().tuples()) for table in (Decision, Message))
    _clean(store)

    def ours() -> float:
        return _cleaned_after(store, lambda: one_tick(view, policy, store))

    def limit() -> float:
        return _cleaned_after(store, lambda: _by_hand(store, decisions, messages))

    mine, theirs, ratio = interleaved(ours, limit)
    what = f"whole tick, {name}: {len(decisions)} decisions, {len(messages)} messages"
    return Row(what, ms(theirs), ms(mine), ratio, 10)


def one_tick(view: View, policy: CompiledPolicy, store: Store) -> object:
    """Ticks the minute of ten o'clock."""
    return tick(view, policy, store, Draw(b"bench"), last=LAST)


def _by_hand(store: Store, decisions: list[Any], messages: list[Any]) -> None:
    by_hand.find(store.database.cursor())
    mark = "%s" if store.postgresql else "?"
    with store.transaction():
        cursor = store.database.cursor()
        for table, rows in ((Message, messages), (Decision, decisions)):
            marks = ", ".join([mark] * len(rows[0]))
            plain = [[json.dumps(v) if isinstance(v, list | dict) else v for v in row] for row in rows]
            cursor.executemany(f'insert into "{table._meta.table_name}" values ({marks})', plain)


def _cleaned_after(store: Store, work: Callable[[], object]) -> float:
    from bench.measure import timed

    seconds = timed(lambda: (work(), None)[1])
    _clean(store)
    return seconds


def _clean(store: Store) -> None:
    with store.transaction():
        for table in WRITTEN:
            table.delete().execute()
        Cursor.update(ticked_at=LAST).execute()


# --- growth ------------------------------------------------------------------------------------------


@contextmanager
def spied(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Collects the statements that matching runs."""
    seen: list[tuple[str, Any]] = []
    run = store.database.execute_sql

    def spy(sql: str, params: Any = None, *more: Any, **named: Any) -> Any:
        seen.append((sql, params))
        return run(sql, params, *more, **named)

    store.database.execute_sql = spy
    try:
        yield seen
    finally:
        del store.database.execute_sql


def statements(store: Store) -> list[tuple[str, Any]]:
    """Returns what one round of matching asks the store."""
    with spied(store) as seen:
        find_due(view_of(store, rulebook()), LAST)
    return [(sql, params) for sql, params in seen if sql.lstrip().lower().startswith(("select", "with"))]


def vm_steps(store: Store) -> int:
    """Counts the steps of SQLite's virtual machine that matching takes, to ten."""
    connection, count = store.database.connection(), [0]

    def one() -> int:
        count[0] += 1
        return 0

    asked = statements(store)
    connection.set_progress_handler(one, 10)
    try:
        for sql, params in asked:
            connection.execute(sql, params or ()).fetchall()
    finally:
        connection.set_progress_handler(None, 0)
    return count[0] * 10


def buffers(store: Store) -> int:
    """Counts the pages of PostgreSQL that matching touches."""
    touched = 0
    for sql, params in statements(store):
        cursor = store.database.cursor()
        cursor.execute(f"explain (analyze, buffers, timing off, format json) {sql}", params)
        [[[plan]]] = cursor.fetchall()
        touched += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return touched


def growth(name: str, small: Store, large: Store) -> list[Row]:
    """Compares the same dues in a store with a tenth of the customers: in work done, and in time."""
    counted = buffers if small.postgresql else vm_steps
    unit = "buffers" if small.postgresql else "VM steps"
    book, counts, dues = rulebook(), [], []
    for store in (small, large):
        with store.use():
            dues.append(len(find_due(view_of(store, book), LAST)))
            counts.append(counted(store))
    if dues[0] != dues[1]:
        raise AssertionError(f"{dues[0]} and {dues[1]} due: growth compares stores with as many due")

    def found_in(store: Store) -> Callable[[], object]:
        def work() -> None:
            with store.use():
                find_due(view_of(store, book), LAST)

        return work

    ours, limit, ratio = interleaved(found_in(large), found_in(small))
    what = f"growth tenfold, {name}, {dues[0]} due"
    return [
        Row(f"{what}: {unit}", f"{counts[0]:,}", f"{counts[1]:,}", counts[1] / counts[0], 1.1),
        Row(f"{what}: time", ms(limit), ms(ours), ratio, 1.3),
    ]


def print_plans(store: Store, name: str) -> None:
    """Prints how the database goes about each statement."""
    print(f"\n## plans, {name}")
    for sql, params in statements(store):
        print(f"\n{sql[:300]}")
        cursor = store.database.cursor()
        cursor.execute(f"explain {'' if store.postgresql else 'query plan '}{sql}", params or ())
        for row in cursor.fetchall():
            print("   ", row[-1])
