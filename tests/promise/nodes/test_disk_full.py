"""The disk is full: what cannot be kept is refused clearly and leaves nothing behind, and all goes on when there is room."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from models import Address, ConsentChange, Customer, Idempotency, Order, OrderVersion
from tests.promise.manners.relay import Relay
from tests.promise.nodes.relayed import Relayed
from tests.waiting import until

# How far a process may write into any file: beyond it fails as on a full disk does, and needs no root to set up.
NO_ROOM, ROOM = 0, resource.RLIM_INFINITY
LITTLE = 60_000  # enough for log lines, not for what the database has grown to


@pytest.fixture
def regulars(tmp_path: Path) -> Iterator[Relayed]:
    """A running Regulars on SQLite."""
    with Relay() as relay:
        server = Relayed(tmp_path, relay)
        server.start()
        yield server
        server.stop()


def room(regulars: Relayed, role: str, size: int) -> None:
    """Gives the processes of a role so much room in any file, or takes it away."""
    for pid in until(lambda: regulars.pids(role)):
        for one in (pid, *_children(pid)):
            resource.prlimit(one, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text("ascii").split())
    return found


def rows(regulars: Relayed) -> tuple[int, ...]:
    """Counts what an order is made of, by a reader of its own."""
    tables = [
        table._meta.table_name
        for table in (Order, OrderVersion, Customer, Address, ConsentChange, Idempotency)
    ]
    with closing(sqlite3.connect(regulars.home / "regulars.db")) as database:
        return tuple(database.execute(f'select count(*) from "{table}"').fetchone()[0] for table in tables)


def refused(regulars: Relayed, number: int) -> dict[str, object]:
    """Pushes an order that cannot be kept, and returns the problem."""
    order = {"id": f"n{number}", "placed_at": "2026-01-01T10:00:00+01:00", "total": "10",
             "customer": {"id": f"anna{number}", "email": f"anna{number}@example.com"}}  # fmt: skip
    headers = {"Authorization": f"Bearer {regulars.key}", "Content-Type": "application/json"}
    status, text = regulars.post("/api/v1/orders", json.dumps(order).encode(), **headers)
    assert status == 503, text
    return json.loads(text)  # type: ignore[no-any-return]


def test_an_order_for_which_there_is_no_room_is_refused_and_leaves_nothing(regulars: Relayed) -> None:
    regulars.push(1)
    until(lambda: regulars.thanked() == {1})
    before = rows(regulars)
    room(regulars, "web", NO_ROOM)
    for number in (2, 3):
        problem = refused(regulars, number)
        assert problem["detail"] == "the store cannot serve now, and nothing was kept; send it again"
    assert rows(regulars) == before
    room(regulars, "web", ROOM)
    for number in (2, 3):
        regulars.push(number)
    until(lambda: regulars.thanked() == {1, 2, 3})
    assert regulars.offered_twice() == 0


@pytest.mark.long
@pytest.mark.parametrize(("role", "word"), [("clock", "failed"), ("sender", "died")])
def test_a_role_without_room_does_nothing_by_halves_and_goes_on_when_there_is(
    regulars: Relayed, role: str, word: str
) -> None:
    room(regulars, role, LITTLE)
    for number in range(5):
        regulars.push(number)
    until(lambda: word in regulars.log.read_text("utf-8"))
    room(regulars, role, ROOM)
    until(lambda: regulars.thanked() == set(range(5)), 90)
    until(lambda: len(regulars.relay.taken) == 10)
    assert regulars.offered_twice() == 0
