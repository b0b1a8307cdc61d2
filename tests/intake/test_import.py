"""History from files: learned when it happened, mailing nobody, going on where it stopped, refusing with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.intake.history import Bringing, Progress, bring, open_file
from engine.store import Store
from models import Address, Change, ConsentChange, Customer, Event, Order, Product, Refund
from tests.intake.optica import Optica, at, lines_of, order, the_customer, the_order

HEADER = "order_id,placed_at,customer_id,email,first_name,product,category,quantity,price\n"


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def steps(optica: Optica, file: Path, batch: int = 1000) -> Iterator[Progress]:
    """Imports a file into the shop, transaction by transaction."""
    return bring(Bringing(optica.store, optica.config, optica.row, open_file(file), optica.now, batch))


def imported(optica: Optica, file: Path, text: str, batch: int = 1000) -> Progress:
    """Writes a file and imports it whole."""
    file.write_text(text, "utf-8")
    return list(steps(optica, file, batch))[-1]


def ndjson(*items: dict[str, Any]) -> str:
    """Writes one object a line."""
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def counts(done: Progress) -> tuple[int, int, int]:
    """Returns how many were accepted, known and refused."""
    return done.accepted, done.unchanged, done.rejected


def test_annas_old_order_counts_as_learned_when_it_was_placed_and_no_tick_looks_at_it(
    optica: Optica, tmp_path: Path
) -> None:
    assert counts(imported(optica, tmp_path / "old.ndjson", ndjson(order()))) == (1, 0, 0)
    placed = at("2026-03-01T09:00:00")
    assert (the_order().recorded_at, lines_of()["ACU-30"].recorded_at) == (placed, placed)
    assert (the_customer().recorded_at, the_customer().signed_up_at) == (placed, placed)
    assert Change.select().count() == 0


def test_a_line_is_an_order_unless_its_resource_says_what_else(optica: Optica, tmp_path: Path) -> None:
    who = {"id": "anna"}
    text = ndjson(
        {"resource": "products", "id": "ACU-30", "name": "Acuvue", "category": "optics/contact-lenses"},
        {"resource": "customers", "id": "borys", "email": "borys@example.com", "signed_up_at": "2024-02-01T10:00:00Z"},
        order(),
        {"resource": "consents", "customer": who, "purpose": "marketing", "granted": True, "at": "2025-01-01"},
        {"resource": "events", "kind": "event", "name": "quiz", "customer": who, "at": "2025-01-02T10:00:00Z"},
        {"resource": "refunds", "id": "R1", "order": "1001", "at": "2026-04-01T10:00:00Z"},
    )  # fmt: skip
    assert counts(imported(optica, tmp_path / "all.ndjson", text)) == (6, 0, 0)
    tables = (Product, Customer, Order, ConsentChange, Event, Refund)
    assert [table.select().count() for table in tables] == [1, 2, 1, 1, 1, 1]
    assert ConsentChange.get().recorded_at == at("2024-12-31T23:00:00")
    assert the_order().void_at == at("2026-04-01T10:00:00")


def test_rows_of_a_sheet_that_stand_together_become_one_order(optica: Optica, tmp_path: Path) -> None:
    text = HEADER + (
        "1,2025-03-01 10:00,anna,anna@example.com,Anna,ACU-30,optics/contact-lenses,2,64.95\n"
        "1,2025-03-01 10:00,anna,anna@example.com,,SOL-1,optics/solutions,1,30\n"
        "2,2025-03-02 10:00,,celina@example.com,Celina,SOL-1,optics/solutions,1,30\n"
    )
    done = imported(optica, tmp_path / "lines.csv", text)
    assert (counts(done), done.lines) == ((2, 0, 0), 3)
    assert (sorted(lines_of("1")), the_order("1").total_minor) == (["ACU-30", "SOL-1"], 15990)
    assert (the_order("1").at, the_customer().first_name) == (at("2025-03-01T09:00:00"), "Anna")
    assert Customer.get(Customer.external_id.is_null()).email == "celina@example.com"


def test_a_sheet_of_a_polish_spreadsheet_has_semicolons_decimal_commas_and_a_mark_at_its_start(
    optica: Optica, tmp_path: Path
) -> None:
    header = "\ufefforder_id;placed_at;email;product;name;quantity;price\n"
    text = header + '1;2025-03-01;anna@example.com;A;"Płyn; 2";2;12,50\n'
    assert counts(imported(optica, tmp_path / "arkusz.csv", text)) == (1, 0, 0)
    assert (lines_of("1")["A"].price_minor, lines_of("1")["A"].name) == (1250, "Płyn; 2")


def test_the_same_file_again_changes_nothing(optica: Optica, tmp_path: Path) -> None:
    borys = {"resource": "customers", "id": "borys", "signed_up_at": "2024-02-01T10:00:00Z"}
    text = ndjson(order(), order("1002"), borys)
    assert counts(imported(optica, tmp_path / "old.ndjson", text)) == (3, 0, 0)
    optica.now += 10**9
    assert counts(imported(optica, tmp_path / "old.ndjson", text)) == (0, 3, 0)


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_an_import_that_was_stopped_goes_on_where_its_last_transaction_ended(
    optica: Optica, tmp_path: Path, kind: str
) -> None:
    placed = "2025-03-01T10:00:00Z"
    if kind == "csv":
        text = HEADER + "".join(
            f"{n},{placed},c{n},,,A,x,1,{'no' if n % 3 == 0 else '5'}\n" * 2 for n in range(1, 10)
        )
    else:
        text = ndjson(*(order(str(n), total="no" if n % 3 == 0 else "5") for n in range(1, 10)))
    file = tmp_path / f"old.{kind}"
    file.write_text(text, "utf-8")
    stopped = steps(optica, file, batch=2)
    next(stopped), next(stopped), next(stopped)  # two transactions, then the machine goes down
    rejected = open_file(file).rejected()
    with rejected.open("a") as torn:
        torn.write("half of a refusal whose batch was never commit")
    goes_on = list(steps(optica, file, batch=2))
    assert (goes_on[0].accepted, goes_on[0].rejected) == (3, 1)
    assert counts(goes_on[-1]) == (6, 0, 3)
    assert Order.select().count() == 6
    assert "half of a refusal" not in rejected.read_text()
    again = open_file(rejected)
    assert [item.line for item in again.items(0, 1)] == ([2, 4, 6] if kind == "csv" else [1, 2, 3])


def test_what_is_refused_stands_beside_the_file_with_line_and_reason_and_the_rest_goes_in(
    optica: Optica, tmp_path: Path
) -> None:
    text = (
        ndjson(order(), order("1002", total="-5"))
        + "{no json\n"
        + ndjson({"resource": "orderz"}, order("1003"))
    )
    assert counts(imported(optica, tmp_path / "old.ndjson", text)) == (2, 0, 3)
    refused = [
        json.loads(line) for line in (tmp_path / "old.rejected.ndjson").read_text("utf-8").splitlines()
    ]
    assert [line["line"] for line in refused] == [2, 3, 4]
    assert refused[0]["errors"] == [{"pointer": "/total", "detail": "an amount must not be negative"}]
    assert "did you mean 'orders'?" in refused[2]["errors"][0]["detail"]


def test_a_refused_order_of_a_sheet_can_be_mended_in_the_file_of_refusals_and_imported_from_there(
    optica: Optica, tmp_path: Path
) -> None:
    row = "1,2025-03-01,anna,anna@example.com,Anna,ACU-30,optics,2,{}\n"
    assert counts(imported(optica, tmp_path / "a.csv", HEADER + row.format("5") + row.format("six"))) == (
        0,
        0,
        1,
    )
    rejected = tmp_path / "a.rejected.csv"
    text = rejected.read_text("utf-8")
    assert "/lines/1/price write an amount" in text
    assert text.splitlines()[0].endswith("rejected_line,rejected_reason")
    assert counts(imported(optica, rejected, text.replace("six", "6"))) == (1, 0, 0)
    assert lines_of("1")["ACU-30"].quantity == 4


def test_an_address_that_history_brings_twice_is_one_customer(optica: Optica, tmp_path: Path) -> None:
    row = "{},2025-03-0{},,{},Anna,ACU-30,optics,2,5\n"
    text = HEADER + row.format(1, 1, "anna@example.com") + row.format(2, 2, "Anna@Example.com")
    assert counts(imported(optica, tmp_path / "a.csv", text)) == (2, 0, 0)
    assert (Customer.select().count(), Address.select().count()) == (1, 1)
