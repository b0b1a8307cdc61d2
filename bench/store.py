"""The bench's store: a million customers, three million orders, ten million lines, made once and kept in var/bench.

The rows go straight into the real tables and then get the real indexes. BENCH_SCALE says how many customers the larger
store has (default 1000000); the smaller always has a tenth.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.shape import (
    BIRTH_DAY,
    BRANDS,
    CATEGORIES,
    DAY,
    NOW,
    PRODUCTS,
    SECOND,
    SEED,
    SIGNED_UP_DAYS,
    YEARS_OF_DAYS,
    Size,
    category_of,
    number_of,
    orders_of,
    sizes,
)  # fmt: skip
from engine.config import Config, read_config
from engine.store import Store, open_store
from models import TABLES, Address, ConsentChange, Cursor, Customer, Line, Order, Product, Shop, ZoneInUse
from models.base import Table
from models.migrations import migrate

HOME = Path(os.environ.get("BENCH_HOME", "var/bench"))
ROOM = 15_000_000_000  # bytes that stores of a million customers need, on both databases
VERSION = 5  # of what is generated: another one makes the stores anew
CHUNK = 100_000
CUSTOMER = (
    "id", "shop_id", "external_id", "address_id", "email", "signed_up_at", "recorded_at", "updated_at", "birthday",
    "birth_day", "zone", "country", "gender", "city", "tags", "attributes",
)  # fmt: skip
Row = tuple[Any, ...]


def scale() -> int:
    """Returns how many customers the larger store has: as BENCH_SCALE says, else a million, or fewer on a small disk."""
    said = os.environ.get("BENCH_SCALE")
    if said:
        return int(float(said))
    made = (HOME / f"1000000-{VERSION}.done").exists()
    return 1_000_000 if made or shutil.disk_usage(Path.cwd()).free > ROOM else 100_000


SCALE = scale()


def config() -> Config:
    """Returns the bench's one shop."""
    shop = {"shop": "bench", "name": "Bench", "postal": "Bench, ul. Prosta 1, Warszawa",
            "sender": {"name": "Bench", "address": "shop@bench.example"}}  # fmt: skip
    return read_config({"shops": [shop], "rates": {"EUR": "4.25"}})


def customers_of(size: Size) -> Iterator[Row]:
    """Yields customers in the sequence of their keys; the busy ones alone have birthdays and first days that matter."""
    rng = np.random.default_rng([SEED, 2, size.busy])
    own = _people(rng, size.busy, busy=True)
    rng = np.random.default_rng([SEED, 3, size.customers])
    others = _people(rng, size.customers - size.busy, busy=False)
    for number in range(size.customers):
        where, gap = divmod(number, size.step)
        yield (number + 1, *(own[where] if gap == 0 else others[where * (size.step - 1) + gap - 1]))


def _people(rng: np.random.Generator, count: int, busy: bool) -> list[Row]:
    signed_up = rng.integers((NOW - YEARS_OF_DAYS * DAY) // SECOND, NOW // SECOND, count) * SECOND
    lately = signed_up > NOW - (SIGNED_UP_DAYS + 4) * DAY
    signed_up[lately] -= 10 * DAY
    birth = rng.integers(0, 364, count)
    special = sum((31, 28, 31, 30, 31)) + BIRTH_DAY[1] - 1
    birth[birth == special] = special + 5
    if busy:  # as many on the days that are looked at as the whole shop would have
        some = count * 10 // YEARS_OF_DAYS
        signed_up[:some] = (
            NOW - SIGNED_UP_DAYS * DAY - 10 * 3600 * SECOND + rng.integers(0, 86_000, some) * SECOND
        )
        birth[some : some + count * 10 // 364] = special
    year, kyiv, female, city = (rng.integers(0, n, count) for n in (50, 4, 2, 20))
    return [
        _fields(*row)
        for row in zip(*(c.tolist() for c in (signed_up, birth, year, kyiv, female, city)), strict=True)
    ]


MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _fields(signed_up: int, birth: int, year: int, kyiv: int, female: int, city: int) -> Row:
    month = 1
    while birth >= MONTHS[month - 1]:
        birth, month = birth - MONTHS[month - 1], month + 1
    zone, country = ("Europe/Kyiv", "UA") if kyiv == 0 else ("Europe/Warsaw", "PL")
    return (signed_up, f"{1955 + year}-{month:02}-{birth + 1:02}", month * 100 + birth + 1, zone, country,
            "female" if female else "male", f"Miasto {city}")  # fmt: skip


def fill(load: Any, size: Size) -> None:
    """Gives every row to `load(table, columns, rows)`, table by table."""
    load(Shop, ("id", "key", "name", "timezone", "currency", "country", "language"),
         [(1, "bench", "Bench", "Europe/Warsaw", "PLN", "PL", "pl")])  # fmt: skip
    load(ZoneInUse, ("shop_id", "zone"), [(1, "Europe/Warsaw"), (1, "Europe/Kyiv")])
    load(Cursor, ("shop_id", "ticked_at", "epoch", "lease_until_at"), [(1, NOW - 60 * SECOND, 0, 0)])
    load(
        Address,
        ("id", "email", "created_at"),
        ((n + 1, f"c{n + 1}@bench.example", 0) for n in range(size.customers)),
    )
    load(Customer, CUSTOMER, _customer_rows(size))
    yes = (
        (1, n + 1, "marketing", True, 0, 0, "checkout") for n in range(size.customers) if _consents(size, n)
    )
    load(ConsentChange, ("shop_id", "customer_id", "purpose", "granted", "at", "recorded_at", "source"), yes)
    load(Product, ("shop_id", "external_id", "name", "category", "brand", "price_minor", "recorded_at", "updated_at"),
         ((1, *_product(n)[0:4], _price(n), 0, 0) for n in range(PRODUCTS)))  # fmt: skip
    _load_orders(load, size)


def _consents(size: Size, number: int) -> bool:
    busy = number % size.step == 0
    return (number // size.step if busy else number) % 10 < 7


def _customer_rows(size: Size) -> Iterator[Row]:
    for number, signed_up, birthday, birth_day, zone, country, gender, city in customers_of(size):
        yield (number, 1, f"c{number}", number, f"c{number}@bench.example", signed_up, signed_up, signed_up, birthday, birth_day,
               zone, country, gender, city, "[]", "{}")  # fmt: skip


def _product(number: int) -> Row:
    return (
        f"P{number:05}",
        f"Product {number}",
        CATEGORIES[int(category_of(np.int64(number)))],
        f"Brand {number % BRANDS}",
    )


def _price(number: int) -> int:
    return 500 + number * 7 % 20_000


def _load_orders(load: Any, size: Size) -> None:
    orders = orders_of(size)
    customers = number_of(size, orders.busy, orders.customer)
    rng = np.random.default_rng([SEED, 4, size.busy])
    busy_draw = rng.integers(0, PRODUCTS, int(orders.lines[orders.busy].sum()))
    rest_draw = np.random.default_rng([SEED, 5, size.customers]).integers(
        0, PRODUCTS, int(orders.lines[~orders.busy].sum())
    )
    products = np.empty(int(orders.lines.sum()), dtype=np.int64)
    whose = np.repeat(orders.busy, orders.lines)
    products[whose], products[~whose] = busy_draw, rest_draw
    owner = np.repeat(np.arange(len(orders.at)), orders.lines)
    totals = np.bincount(owner, weights=500 + products * 7 % 20_000).astype(np.int64)
    load(Order, ("id", "shop_id", "customer_id", "external_id", "at", "recorded_at", "updated_at", "status", "currency",
                 "total_minor", "reported_minor", "coupon", "delivered_at", "delivered_recorded_at"),
         _order_rows(orders.at, customers, totals))  # fmt: skip
    load(Line, ("shop_id", "order_id", "customer_id", "product", "at", "recorded_at", "name", "category", "brand",
                "price_minor", "quantity", "refunded_quantity"), _line_rows(orders.at, customers, owner, products))  # fmt: skip


def _order_rows(at: np.ndarray, customers: np.ndarray, totals: np.ndarray) -> Iterator[Row]:
    for start in range(0, len(at), CHUNK):
        part = slice(start, start + CHUNK)
        rows = zip(at[part].tolist(), customers[part].tolist(), totals[part].tolist(), strict=True)
        for n, (when, customer, total) in enumerate(rows, start + 1):
            there = when + 2 * DAY if when + 2 * DAY < NOW else None
            yield (n, 1, customer, f"o{n}", when, when, when, "delivered" if there else "paid", "PLN", total, total,
                   "WIOSNA" if when // SECOND % 20 == 0 else None, there, there)  # fmt: skip


def _line_rows(
    at: np.ndarray, customers: np.ndarray, owner: np.ndarray, products: np.ndarray
) -> Iterator[Row]:
    goods = [(*_product(n), _price(n)) for n in range(PRODUCTS)]
    last: tuple[int, set[int]] = (-1, set())
    for start in range(0, len(owner), CHUNK):
        part = slice(start, start + CHUNK)
        mine = owner[part]
        rows = zip(
            mine.tolist(), at[mine].tolist(), customers[mine].tolist(), products[part].tolist(), strict=True
        )
        for order, when, customer, product in rows:
            if order != last[0]:
                last = (order, set())
            if product in last[1]:
                continue  # lines of one product in one order are one line
            last[1].add(product)
            code, name, category, brand, price = goods[product]
            yield (1, order + 1, customer, code, when, when, name, category, brand, price, 1 + product % 3, 0)


def sqlite_store(size: Size) -> Store:
    """Returns the SQLite store of a size, made now if it is not there."""
    HOME.mkdir(parents=True, exist_ok=True)
    file = HOME / f"{size.customers}-{VERSION}.db"
    store = open_store(f"sqlite:///{file.absolute()}")
    if not (done := file.with_suffix(".done")).exists():
        began = time.monotonic()
        print(f"making {file} (once)", flush=True)
        with store.use():
            _make_sqlite(store, size)
        done.write_text(
            json.dumps({"seconds": round(time.monotonic() - began), "bytes": file.stat().st_size})
        )
    with store.use():
        migrate(store.database)  # a store that was made before has the tables of then
    return store


def _make_sqlite(store: Store, size: Size) -> None:
    connection = store.database.connection()
    for pragma in ("journal_mode = off", "synchronous = off", "foreign_keys = 0"):
        connection.execute(f"pragma {pragma}")
    for table in TABLES:
        table._schema.drop_all(safe=True)
        table._schema.create_table(safe=True)

    def load(table: type[Table], columns: tuple[str, ...], rows: Any) -> None:
        marks = ", ".join("?" * len(columns))
        connection.execute("begin")
        connection.executemany(
            f'insert into "{table._meta.table_name}" ({", ".join(columns)}) values ({marks})', rows
        )
        connection.execute("commit")

    fill(load, size)
    for table in TABLES:
        table._schema.create_indexes(safe=True)
    connection.execute("pragma journal_mode = wal")


def fill_postgresql(url: str, size: Size) -> Store:
    """Fills an empty PostgreSQL database by COPY and returns it."""
    store = open_store(url)
    with store.use():
        for table in TABLES:
            table._schema.create_table(safe=True)
        connection = store.database.connection()

        def load(table: type[Table], columns: tuple[str, ...], rows: Any) -> None:
            with connection.cursor() as cursor:
                with cursor.copy(
                    f'copy "{table._meta.table_name}" ({", ".join(columns)}) from stdin'
                ) as copy:
                    for row in rows:
                        copy.write_row(row)
                if "id" in columns:
                    name = table._meta.table_name
                    cursor.execute(
                        f"select setval(pg_get_serial_sequence('{name}', 'id'), max(id)) from \"{name}\""
                    )
            connection.commit()

        fill(load, size)
        for table in TABLES:
            table._schema.create_indexes(safe=True)
        connection.commit()
    return store


if __name__ == "__main__":
    for each in reversed(sizes(SCALE)):
        sqlite_store(each).close()
