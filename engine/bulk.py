"""Reading and writing many rows at once, with SQL made once from the tables' own definitions.

Peewee builds its SQL anew for every query, which costs more than the row itself (four times, measured); intake must
keep up with raw executemany, so its statements are made here, once for each table and set of columns, and kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from peewee import IntegrityError, OperationalError, __exception_wrapper__

from engine.store import Store

R = TypeVar("R")
ATTEMPTS = 6
MANY = 20  # rows that are worth a longer statement
TAKEN = " on conflict do nothing"
Row = tuple[Any, ...]
TableClass: TypeAlias = Any  # one of models: mypy holds that a class of Peewee's is no key for a cache


def run(store: Store, sql: str, params: Sequence[Any] = ()) -> list[Row]:
    """Runs one statement and returns its rows."""
    with __exception_wrapper__:
        cursor = store.database.cursor()
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def fetch(
    store: Store, table: TableClass, columns: tuple[str, ...], key: str, values: Iterable[Any],
    shop: int | None = None, lock: bool = False,
) -> list[Row]:  # fmt: skip
    """Returns the rows whose `key` is one of `values`, of one shop where it is given; locks them where asked.

    SQLite needs no row locks: whoever writes holds the only write lock from the start.
    """
    wanted = sorted(set(values))
    if not wanted:
        return []
    sql = _select(store.postgresql, table, columns, key, shop is not None, lock, len(wanted) == 1)
    found: Any = wanted[0] if len(wanted) == 1 else wanted if store.postgresql else json.dumps(wanted)
    return run(store, sql, (found,) if shop is None else (found, shop))


@lru_cache(maxsize=256)
def _select(
    postgresql: bool,
    table: TableClass,
    columns: tuple[str, ...],
    key: str,
    shop: bool,
    lock: bool,
    one: bool,
) -> str:
    mark = "%s" if postgresql else "?"
    many = f"= any({mark})" if postgresql else f"in (select value from json_each({mark}))"
    where = f'"{key}" {f"= {mark}" if one else many}' + (f" and shop_id = {mark}" if shop else "")
    names = ", ".join(f'"{column}"' for column in columns)
    tail = ' order by "id" for update' if lock and postgresql else ' order by "id"'
    return f'select {names} from "{_name(table)}" where {where}{tail}'


def allocate(store: Store, table: TableClass, count: int) -> list[int]:
    """Returns ids for rows that are about to be inserted; on SQLite only inside a write transaction."""
    if not count:
        return []
    if store.postgresql:
        sql = "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)"
        return [row[0] for row in run(store, sql, (f'"{_name(table)}"', count))]
    last = run(store, f'select coalesce(max("id"), 0) from "{_name(table)}"')[0][0]
    return list(range(last + 1, last + 1 + count))


def insert(
    store: Store, table: TableClass, columns: tuple[str, ...], rows: Sequence[Row], ignore: bool = False
) -> None:
    """Inserts the rows; with `ignore` those whose key is taken are left alone."""
    if not _at_once(store, table, columns, rows, ignore):
        _many(store, _insert(store.postgresql, table, columns, ignore), rows)


@lru_cache(maxsize=256)
def _insert(postgresql: bool, table: TableClass, columns: tuple[str, ...], ignore: bool) -> str:
    marks = ", ".join(["%s" if postgresql else "?"] * len(columns))
    return f'insert into "{_name(table)}" ({_names(columns)}) values ({marks}){TAKEN if ignore else ""}'


def _at_once(
    store: Store, table: TableClass, columns: tuple[str, ...], rows: Sequence[Row], ignore: bool
) -> bool:
    """Inserts rows by one statement on PostgreSQL, where each costs a message to and fro; says whether it did."""
    if not store.postgresql or len(rows) < MANY:
        return False
    try:
        text = json.dumps([dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False)
    except TypeError:  # JSON has no word for bytes and decimals: those go row by row
        return False
    run(store, _insert_at_once(table, columns, ignore), (text,))
    return True


@lru_cache(maxsize=256)
def _insert_at_once(table: TableClass, columns: tuple[str, ...], ignore: bool) -> str:
    """PostgreSQL has types of its own that are called `line` and the like: a row of the table itself says the types."""
    names, name = _names(columns), _name(table)
    like = f'select "one" from "{name}" "one" limit 0'
    rows = f"select {names} from json_populate_recordset(({like}), %s)"
    return f'insert into "{name}" ({names}) {rows}{TAKEN if ignore else ""}'


def update(store: Store, table: TableClass, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Updates by id: each row is the new values of `columns`, then the id."""
    _many(store, _update(store.postgresql, table, columns), sorted(rows, key=lambda row: row[-1]))


@lru_cache(maxsize=256)
def _update(postgresql: bool, table: TableClass, columns: tuple[str, ...]) -> str:
    mark = "%s" if postgresql else "?"
    sets = ", ".join(f'"{column}" = {mark}' for column in columns)
    return f'update "{_name(table)}" set {sets} where "id" = {mark}'


def delete(store: Store, table: TableClass, key: str, values: Sequence[Any]) -> None:
    """Deletes the rows whose `key` is one of `values`."""
    _many(
        store,
        f'delete from "{_name(table)}" where "{key}" = {"%s" if store.postgresql else "?"}',
        [(v,) for v in values],
    )


def _many(store: Store, sql: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    with __exception_wrapper__:
        cursor = store.database.cursor()
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
        else:
            cursor.executemany(sql, rows)


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _name(table: TableClass) -> str:
    return str(table._meta.table_name)


@contextmanager
def pipelined(store: Store) -> Iterator[None]:
    """Sends the writes made inside in one go on PostgreSQL and waits at the end; nothing may be read inside."""
    if not store.postgresql:
        yield
        return
    with __exception_wrapper__, store.database.connection().pipeline():
        yield


def in_transaction(store: Store, work: Callable[[], R]) -> R:
    """Runs `work` in one transaction, again where another took its key or a deadlock broke it; else rolls back.

    Inside a transaction that is already open it joins that one, whose owner tries again.
    """
    if store.database.in_transaction():
        return work()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with store.transaction():
                return work()
        except (IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS or not _worth_another_try(error):
                raise
    raise AssertionError("the last attempt returns or raises")


def _worth_another_try(error: Exception) -> bool:
    state = getattr(error.__cause__ or error.__context__, "sqlstate", None) or ""
    return isinstance(error, IntegrityError) or state.startswith("40")


SHARED, ALONE = "pg_advisory_xact_lock_shared", "pg_advisory_xact_lock"


LONG = 20  # items that are likely to share customers and products with another such list


def lock_shop(store: Store, shop_id: int, how: str, items: int = 1) -> None:
    """Takes the shop's intake lock until the transaction ends.

    Orders, customers and products share it. A refund, event or consent may name what is not known yet; it takes the
    lock alone, so that it and the order it names cannot miss each other in two transactions at once. Long lists of what
    is shared wait for one another before they begin: eight at once took each other's new customers and products, and
    began anew until they gave up.
    """
    if store.postgresql:
        if items > LONG and how == SHARED:
            run(store, f"select {ALONE}(%s, %s)", (0x5265_69, shop_id))
        run(store, f"select {how}(%s, %s)", (0x5265_67, shop_id))


PUBLISHING, PAUSING, WATCHING = 1, 2, 3


def lock_act(store: Store, act: int, how: str = ALONE) -> None:
    """Takes the lock of one kind of act (publishing, pausing) until the transaction ends; SQLite's write lock is it."""
    if store.postgresql:
        run(store, f"select {how}(%s, %s)", (0x5265_68, act))
