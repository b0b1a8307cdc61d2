"""What leaves as CSV can be opened in a spreadsheet: nothing in it is a formula."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.coupons import _list
from engine.formulas import DANGEROUS, cell, marked, unmarked
from engine.reports.everything import as_csv, everything
from engine.store import Store
from models import Coupon, Customer
from tests.security.hostile import poison
from tests.web.shopful import NOW, Shopful

ROOT = Path(__file__).resolve().parents[2]
FORMULAS = (
    "=1+1",
    "+48 600 100 200",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\0=1",
    '=HYPERLINK("http://evil.example")',
    "=cmd|'/C calc'!A0",
)
# Each file that writes CSV, and how many of its rows go through `cell`.
WRITERS = {
    "engine/reports/everything.py": "cell",
    "engine/cli/coupons.py": "cell",
    "engine/intake/history/sheet.py": "marked",  # to be mended and imported again, without the marks
}


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_reckon_is_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert {"=", "+", "-", "@", "\t", "\r", "\0"} <= set(DANGEROUS)


@pytest.mark.parametrize("value", ["Anna", "a=b", "48 600", "", None, 5, -5, 1.5, True, "'=1"])
def test_what_is_harmless_stays_as_it_is(value: Any) -> None:
    assert cell(value) == value


@given(st.text(alphabet="'=+-@\t\r\0a ", max_size=6))
def test_a_mark_that_is_to_be_taken_off_again_leaves_every_text_as_it_was(text: str) -> None:
    assert not marked(text).startswith(DANGEROUS)
    assert unmarked(marked(text)) == text


def test_every_file_that_writes_csv_is_known_and_guards_its_cells() -> None:
    found = {}
    for file in (ROOT / "engine").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = {ast.unparse(call.func) for call in calls}
        names |= {ast.unparse(each) for call in calls for each in call.args}  # map(marked, …)
        if names & {"csv.writer", "csv.DictWriter"}:
            found[str(file.relative_to(ROOT))] = next(
                (guard for guard in ("cell", "marked") if guard in names), None
            )
    assert found == WRITERS, (
        "let every cell go through engine/reports/everything.py's cell, and name the file here"
    )


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_everything_about_somebody_is_exported_without_a_formula(store: Store, shop: Shopful) -> None:
    anna = Customer.get(Customer.external_id == "anna")
    poison()
    Customer.update(first_name="=1+1", phone="+48600100200", city="-1", attributes={"@a": "=2"}).where(
        Customer.id == anna.id
    ).execute()
    files = dict(as_csv(everything(Customer.get_by_id(anna.id))))
    assert len(files) > 6
    for name, text in files.items():
        rows = read(text)
        assert all(len(row) == len(rows[0]) for row in rows), f"{name}: RFC 4180"
        bad = [value for row in rows for value in row if value.startswith(DANGEROUS) and not _number(value)]
        assert bad == [], name
    customer = dict(zip(*read(files["customer.csv"])[:2], strict=True))
    assert (customer["phone"], customer["first_name"]) == ("'+48600100200", "'=1+1")


def _number(value: str) -> bool:
    return value.lstrip("-").isdigit()


def test_codes_are_listed_without_a_formula(
    store: Store, shop: Shopful, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = Customer.get(Customer.external_id == "anna")
    Customer.update(external_id="=1+1").where(Customer.id == anna.id).execute()
    code = {
        "code": "-ABC",
        "folded": "-ABC",
        "rule": "=2",
        "percent": 10,
        "valid_until": "2026-04-01",
        "pool": "@x",
    }
    Coupon.create(shop=shop.shop, customer=anna, expires_at=NOW, issued_at=NOW, **code)

    class Asked:
        """What the command line said."""

        json, csv = False, True

    class Place:
        """A home, as far as the list asks."""

        class clock:
            """Stands."""

            @staticmethod
            def now() -> int:
                return NOW

    _list(Place(), shop.shop.id, Asked())  # type: ignore[arg-type]
    cells = [value for row in read(capsys.readouterr().out) for value in row]
    assert [value for value in cells if value.startswith(DANGEROUS)] == []
    assert {"'-ABC", "'=2", "'@x"} <= set(cells)
