"""A sheet in which somebody has rummaged: its good rows come in, the others are put aside with their reasons."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.formulas import DANGEROUS
from engine.intake.history import Bringing, Progress, bring, open_file
from engine.store import Store
from models import Customer, Order
from tests.intake.optica import Optica, lines_of

HEADER = "order_id,placed_at,email,first_name,product,quantity,price\n"


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def row(
    number: object,
    product: str = "A",
    name: str = "Żółcień",
    price: str = "5",
    mail: str = "anna@example.com",
) -> str:
    return f"{number},2025-01-01,{mail},{name},{product},1,{price}\n"


def imported(optica: Optica, folder: Path, raw: bytes | str, batch: int = 1000) -> Progress:
    file = folder / "lines.csv"
    file.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return list(bring(Bringing(optica.store, optica.config, optica.row, open_file(file), optica.now, batch)))[
        -1
    ]


def kept() -> list[str]:
    return sorted(order.external_id for order in Order.select())


def refused(folder: Path) -> dict[int, str]:
    """Returns the reason by the line."""
    with (folder / "lines.rejected.csv").open(encoding="utf-8", newline="") as file:
        return {int(found["rejected_line"]): found["rejected_reason"] for found in csv.DictReader(file)}


def test_formulas_are_marked_where_they_are_put_aside_and_bare_again_when_they_come_in(
    optica: Optica, tmp_path: Path
) -> None:
    names = ("=HYPERLINK(1)", "'=1", "''-1", "'tis", "+48", "Anna")
    text = HEADER + "".join(row(number, name=name, price="gratis") for number, name in enumerate(names))
    assert imported(optica, tmp_path, text).rejected == len(names)
    aside = tmp_path / "lines.rejected.csv"
    with aside.open(encoding="utf-8", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert [cell for cell in cells if cell.startswith(DANGEROUS)] == []
    assert {"'=HYPERLINK(1)", "''=1", "'" * 3 + "-1", "'tis", "'+48", "Anna"} <= set(cells)
    mended = aside.read_text("utf-8").replace(",gratis,", ",5,").replace("anna@", "{}@")
    for number in range(len(names)):
        mended = mended.replace("{}@", f"anna{number}@", 1)
    assert imported(optica, tmp_path, mended).accepted == len(names)
    assert sorted(person.first_name for person in Customer.select()) == sorted(names)


POISON: dict[str, tuple[bytes, str]] = {
    "a quotation mark that is never closed": (b'2,2025-01-01,a@x.pl,"Anna,A,1,5\n', "no CSV: "),
    "one that is closed too early": (b'2,2025-01-01,a@x.pl,"An"na,A,1,5\n', "no CSV: "),
    "a cell of a megabyte": (b"2,2025-01-01,a@x.pl," + b"x" * 1_000_000 + b",A,1,5\n", "no CSV: field larger"),
    "NUL": (b"2,2025-01-01,a@x.pl,An\0na,A,1,5\n", "control characters"),
    "nothing but NUL": (b"\0" * 50 + b"\n", "1 cells where the header has 7"),
    "too few cells": (b"2,2025-01-01,a@x.pl\n", "3 cells where the header has 7"),
    "too many": (b"2,2025-01-01,a@x.pl,Anna,A,1,5,6,7\n", "9 cells where the header has 7"),
    "bytes of no alphabet": (b"2,2025-01-01,a@x.pl,\xff\xfe\x80,A,1,5\n", "is not UTF-8"),
    "a formula where an address should be": (b"2,2025-01-01,=cmd|' /C calc'!A0,Anna,A,1,5\n", "/customer/email"),
    "a formula where a price should be": (b"2,2025-01-01,a@x.pl,Anna,A,1,=SUM(A1:A9)\n", "/lines/0/price"),
    "a day that is none": (b"2,2025-02-30,a@x.pl,Anna,A,1,5\n", "/placed_at"),
    "a price beyond all money": (b"2,2025-01-01,a@x.pl,Anna,A,1," + b"9" * 400 + b"\n", "/lines/0/price"),
}  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
def test_a_poisoned_row_takes_no_other_down_with_it(optica: Optica, tmp_path: Path, poison: str) -> None:
    raw, reason = POISON[poison]
    good = "".join(row(number) for number in (3, 4, 5))
    done = imported(optica, tmp_path, (HEADER + row(1)).encode() + raw + good.encode())
    assert kept() == ["1", "3", "4", "5"]
    assert (done.accepted, done.rejected) == (4, 1)
    [(line, said)] = refused(tmp_path).items()
    assert line == 3
    assert reason in said


def test_all_of_them_together_and_a_last_line_that_was_cut_off(optica: Optica, tmp_path: Path) -> None:
    raw = HEADER.encode()
    for number, (poison, _) in enumerate(POISON.values()):
        raw += row(f"g{number:02}").encode() + poison.replace(b"2,", f"p{number},".encode(), 1)
    done = imported(optica, tmp_path, raw + b"last,2025-01-01,a@x.pl,An", batch=3)
    assert kept() == [f"g{number:02}" for number in range(len(POISON))]
    assert (done.accepted, done.rejected) == (len(POISON), len(POISON) + 1)
    assert "4 cells where the header has 7" in refused(tmp_path)[2 * len(POISON) + 2]


def test_an_order_of_which_a_row_cannot_be_read_is_refused_whole_and_can_be_mended(
    optica: Optica, tmp_path: Path
) -> None:
    torn = row(2, "B").encode().replace(b",B,", b",B\xff,")
    for first, second in ((row(2).encode(), torn), (torn, row(2).encode())):
        done = imported(optica, tmp_path, (HEADER + row(1)).encode() + first + second + row(3).encode())
        assert (done.accepted + done.unchanged, done.rejected, kept()) == (2, 1, ["1", "3"])
    mended = (tmp_path / "lines.rejected.csv").read_text("utf-8").replace("B\ufffd", "B")
    assert imported(optica, tmp_path, mended).accepted == 1
    assert sorted(lines_of("2")) == ["A", "B"]


def test_a_row_of_nobody_knows_whose_order_in_the_midst_of_one_refuses_that(
    optica: Optica, tmp_path: Path
) -> None:
    done = imported(
        optica, tmp_path, (HEADER + row(1) + row(1, "B")).encode() + b'"\n' + (row(1, "C") + row(2)).encode()
    )
    assert (done.accepted, done.rejected, kept()) == (1, 1, ["2"])
    assert list(refused(tmp_path)) == [2, 3, 4, 5]


def test_letters_of_two_sheets_in_one_are_all_read(optica: Optica, tmp_path: Path) -> None:
    polish = "".join(row(number, name="Żółcień") for number in range(6)).encode("cp1250")
    done = imported(
        optica, tmp_path, HEADER.encode() + polish + row(9, name="Łucja", mail="lucja@example.com").encode()
    )
    assert (done.accepted, done.rejected) == (7, 0)
    assert {customer.first_name for customer in Customer.select()} == {"Żółcień", "Łucja"}


def test_an_import_of_a_poisoned_sheet_that_was_stopped_goes_on_where_it_was(
    optica: Optica, tmp_path: Path
) -> None:
    raw = HEADER.encode() + b"".join(
        row(f"g{number:02}").encode() + poison.replace(b"2,", f"p{number},".encode(), 1)
        for number, (poison, _) in enumerate(POISON.values())
    )
    file = tmp_path / "lines.csv"
    file.write_bytes(raw)
    for _ in range(4):  # two transactions each, then the machine goes down
        steps = bring(Bringing(optica.store, optica.config, optica.row, open_file(file), optica.now, batch=2))
        next(steps), next(steps), next(steps)
        steps.close()
    done = imported(optica, tmp_path, raw)
    assert (done.accepted, done.rejected) == (len(POISON), len(POISON))
    assert list(refused(tmp_path)) == [2 * number + 3 for number in range(len(POISON))]
