"""The chain of the ledger: whoever changes, takes out, moves or slips in a line is found out, and an erasure is not that."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine import bulk
from engine.consent import withdraw
from engine.consent.chain import Verified, verify
from engine.consent.erasure import erase
from engine.consent.kinds import JOINED
from engine.store import Store, open_store
from models import ConsentChange, LedgerHead
from tests.intake.optica import Optica, order, the_customer

SAID = {
    "granted": True,
    "at": "2026-03-01T10:00:00Z",
    "source": "checkout",
    "wording": "Yes, write",
    "ip": "203.0.113.7",
}


@pytest.fixture
def optica(store: Store) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store)
    for name in ("anna", "borys", "celina"):
        optica.customers({"id": name, "email": f"{name}@example.com", "consent": {"marketing": SAID}})
    return optica


def proof(store: Store) -> Verified:
    (found,) = verify(store)
    return found


def line_of(name: str) -> int:
    return int(ConsentChange.get(ConsentChange.customer == the_customer(name)).id)


def test_a_ledger_that_nobody_touched_verifies(optica: Optica) -> None:
    found = proof(optica.store)
    assert (found.lines, found.before, found.erased, found.faults) == (3, 0, 0, [])
    lines = list(ConsentChange.select().order_by(ConsentChange.id))
    assert len({line.digest for line in lines}) == 3
    assert LedgerHead.get().digest == lines[-1].digest


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("granted", False), ("purpose", "newsletter"), ("wording", "Yes, sell my data"), ("at", 1), ("source", "import"),
        ("request_address", "198.51.100.1"), ("proof", "a paper"), ("basis", None), ("customer", 2), ("recorded_at", 5),
        ("confirmed_at", 7), ("detail", "x"), ("version", "2"), ("asked_at", 3), ("sealed", "0"), ("whose", "0"),
    ],
)  # fmt: skip
def test_a_line_that_was_changed_is_named(optica: Optica, column: str, value: object) -> None:
    number = line_of("anna")
    wanted = the_customer("borys").id if column == "customer" else value
    ConsentChange.update({column: wanted}).where(ConsentChange.id == number).execute()
    assert number in [line for line, _ in proof(optica.store).faults]


def test_a_line_that_was_taken_out_or_cut_off_is_missed(optica: Optica) -> None:
    ConsentChange.delete().where(ConsentChange.id == line_of("celina")).execute()
    assert [wrong for _, wrong in proof(optica.store).faults] == [
        "the chain ends after 2 lines, not as it was left after 3"
    ]
    ConsentChange.delete().where(ConsentChange.id == line_of("anna")).execute()
    assert line_of("borys") in [line for line, _ in proof(optica.store).faults]


def test_a_line_that_was_slipped_in_among_those_from_before_the_chain_is_counted(optica: Optica) -> None:
    ConsentChange.create(shop=optica.row, customer=the_customer("anna"), purpose="newsletter", granted=True, at=1,
                         recorded_at=1)  # fmt: skip
    assert proof(optica.store).faults == [(None, "1 lines stand before the chain, not 0")]
    LedgerHead.update(before=1).execute()  # without the key nobody can make the beginning fit
    assert line_of("anna") in [line for line, _ in proof(optica.store).faults]


def test_the_end_of_the_chain_cannot_be_taken_away(optica: Optica) -> None:
    LedgerHead.delete().execute()
    assert proof(optica.store).faults == [(None, "the end of the chain is gone")]


def test_lines_from_before_the_chain_stand_before_it(store: Store) -> None:
    optica = Optica(store)
    optica.customers({"id": "anna", "email": "anna@example.com", "consent": {"marketing": SAID}})
    store.secret = b"the key of this home"
    optica.customers({"id": "borys", "email": "borys@example.com", "consent": {"marketing": SAID}})
    found = proof(store)
    assert (found.before, found.lines, found.faults) == (1, 1, [])


def test_an_erased_customers_lines_still_verify_and_tell_nothing_of_her(optica: Optica) -> None:
    erase(optica.store, the_customer("anna"), optica.now)
    found = proof(optica.store)
    assert (found.lines, found.erased, found.faults) == (3, 1, [])
    line = ConsentChange.select().order_by(ConsentChange.id).first()
    assert (line.customer_id, line.request_address, line.wording) == (None, None, "Yes, write")


def test_whoever_only_looks_erased_is_found_out(optica: Optica) -> None:
    ConsentChange.update(customer=None).where(ConsentChange.id == line_of("anna")).execute()
    assert [wrong for _, wrong in proof(optica.store).faults] == ["it lost its owner, but was not erased"]


def test_the_lines_of_a_guest_who_turns_out_to_be_borys_still_verify(optica: Optica) -> None:
    optica.orders(order("O-9", customer={"email": "guest@example.com", "consent": {"marketing": SAID}}))
    optica.customers({"id": "borys", "email": "guest@example.com", "updated_at": "2026-06-01T12:30:00Z"})
    borys = the_customer("borys").id
    assert ConsentChange.select().where(ConsentChange.customer == borys).count() == 3
    assert ConsentChange.select().where(ConsentChange.purpose == JOINED).count() == 1
    assert proof(optica.store).faults == []


def test_a_line_that_waited_for_its_customer_still_verifies(optica: Optica) -> None:
    optica.consents({"customer": {"id": "dora"}, "purpose": "marketing", "granted": True})
    optica.customers({"id": "dora", "email": "dora@example.com"})
    assert ConsentChange.get(ConsentChange.customer == the_customer("dora")).granted
    assert proof(optica.store).faults == []


def test_many_who_write_at_once_make_one_chain(optica: Optica) -> None:
    errors: list[Exception] = []

    def write(worker: int) -> None:
        other = open_store(optica.store.url)
        other.secret = optica.store.secret
        try:
            with other.use():
                mine = Optica.__new__(Optica)
                mine.store, mine.config, mine.now, mine.row = other, optica.config, optica.now, optica.row
                for number in range(6):
                    name = f"w{worker}-{number}"
                    said = {"id": name, "email": f"{name}@example.com", "consent": {"marketing": SAID}}
                    mine.orders(order(name, customer=said))
                    address = the_customer(name).address_id
                    withdraw(other, mine.row.id, address, ["marketing"], mine.now + 1, "link")
        except Exception as error:  # noqa: BLE001 - told by the test itself
            errors.append(error)
        finally:
            other.close()

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = proof(optica.store)
    assert (errors, found.lines, found.faults) == ([], 3 + 4 * 6 * 2, [])


def statements(optica: Optica, monkeypatch: pytest.MonkeyPatch, *orders: dict[str, Any]) -> list[str]:
    """Returns what an order had the database do."""
    told: list[str] = []
    run, many = bulk.run, bulk._many
    monkeypatch.setattr(
        bulk, "run", lambda store, sql, params=(): (told.append(sql), run(store, sql, params))[1]
    )
    monkeypatch.setattr(
        bulk, "_many", lambda store, sql, rows: (rows and told.append(sql), many(store, sql, rows))[1]
    )
    optica.orders(*orders)
    monkeypatch.undo()
    return [sql for sql in told if "consent_change" in sql or "ledger_head" in sql]


def test_an_order_without_consent_asks_nothing_of_the_ledger_and_a_new_one_two_statements_more(
    optica: Optica, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statements(optica, monkeypatch, order("O-1", customer={"id": "anna"})) == []
    known = {"id": "anna", "consent": {"marketing": SAID}}
    assert len(statements(optica, monkeypatch, order("O-2", customer=known))) == 1  # nothing new is written
    fresh = {"id": "anna", "consent": {"newsletter": SAID}}
    asked = statements(optica, monkeypatch, order("O-3", customer=fresh))
    assert [sql.split()[0] for sql in asked] == ["select", "select", "insert", "update"]
