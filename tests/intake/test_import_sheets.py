"""Order exports of shop systems and sheets in four languages become the same orders, whatever their dialect."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.intake.history import Bringing, bring, open_file
from engine.intake.history.sheet import Sheet
from engine.intake.history.understood import Said, described
from engine.intake.history.writing import (
    DMY,
    MDY,
    POINT,
)
from engine.store import Store
from models import Customer, Order
from tests.intake import sheets
from tests.intake.optica import Optica, at, lines_of, the_order
from tests.intake.sheets import written

KRAKOW = at("2026-02-03T09:15:00")  # a quarter past ten there

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def imported(optica: Optica, file: Path, said: Said = Said()) -> tuple[int, int, int]:  # noqa: B008
    steps = bring(Bringing(optica.store, optica.config, optica.row, open_file(file, said), optica.now))
    done = list(steps)[-1]
    return done.accepted, done.unchanged, done.rejected


def bought(order: str) -> dict[str, tuple[int, int]]:
    """Returns how many pieces of each product an order has, and at what price."""
    return {product: (line.quantity, line.price_minor) for product, line in lines_of(order).items()}


def test_an_export_of_shopify_is_read_by_its_ids_with_both_statuses_and_what_was_paid_back(
    optica: Optica, tmp_path: Path
) -> None:
    assert imported(optica, written(tmp_path, sheets.SHOPIFY)) == (5, 0, 0)  # three orders and two refunds
    first = the_order("5001")
    assert (first.at, first.status, first.total_minor, first.coupon, first.channel) == (
        KRAKOW, "shipped", 15990, "WIOSNA", "web",
    )  # fmt: skip
    assert bought("5001") == {"ACU-30": (2, 6495), "SOL-1": (1, 3000)}
    anna = Customer.get(Customer.email == "anna@example.com")
    assert (anna.first_name, anna.last_name, anna.city, anna.country) == ("Anna", "Nowak", "Kraków", "PL")
    assert [the_order(id_).void_at is not None for id_ in ("5001", "5002", "5003")] == [False, False, True]
    assert the_order("5003").status == "cancelled"
    assert imported(optica, tmp_path / "orders.csv") == (0, 5, 0)


def test_an_advanced_order_export_of_woocommerce_has_a_row_a_line(optica: Optica, tmp_path: Path) -> None:
    assert imported(optica, written(tmp_path, sheets.ADVANCED)) == (4, 0, 0)
    assert (the_order("1001").at, the_order("1001").status, the_order("1001").coupon) == (
        KRAKOW,
        "delivered",
        "wiosna",
    )
    assert bought("1001") == {"ACU-30": (2, 6495), "SOL-1": (1, 3000)}
    assert (the_order("1002").status, the_order("1003").void_at is not None) == ("paid", True)


def test_an_export_with_a_column_an_item_is_read_too_and_its_guests_have_no_id(
    optica: Optica, tmp_path: Path
) -> None:
    assert imported(optica, written(tmp_path, sheets.WEBTOFFEE)) == (2, 0, 0)
    assert bought("1001") == {"30": (2, 6495), "31": (1, 3000)}
    ids = {row.email: row.external_id for row in Customer.select()}
    assert ids == {"anna@example.com": "7", "borys@example.com": None}


def test_the_query_for_prestashop_gives_what_import_reads(optica: Optica, tmp_path: Path) -> None:
    assert imported(optica, written(tmp_path, sheets.PRESTASHOP)) == (2, 0, 0)
    assert (the_order("1001").at, the_order("1001").status, the_order("1002").status) == (
        KRAKOW,
        "delivered",
        "paid",
    )
    assert bought("1001") == {"30": (2, 6495), "31": (1, 3000)}


@pytest.mark.parametrize(
    ("text", "encoding", "days"),
    [
        (sheets.POLISH, "utf-8-sig", DMY), (sheets.POLISH, "cp1250", DMY),
        (sheets.POLISH.replace("„", "").replace("”", ""), "iso-8859-2", DMY),
        (sheets.UKRAINIAN, "utf-8", DMY), (sheets.UKRAINIAN, "cp1251", DMY), (sheets.RUSSIAN, "cp1251", DMY),
        (sheets.ENGLISH, "utf-8", MDY), (sheets.POLISH.replace(";", "\t"), "cp1250", DMY),
    ],
)  # fmt: skip
def test_a_sheet_of_any_of_our_languages_is_the_same_two_orders(
    optica: Optica, tmp_path: Path, text: str, encoding: str, days: str
) -> None:
    file = written(tmp_path, text, encoding)
    assert imported(optica, file) == (2, 0, 0)
    assert (the_order("1001").at, the_order("1001").status) == (KRAKOW, "delivered")
    assert bought("1001") == {"ACU-30": (2, 6495), "TV-1": (1, 129990)}
    assert (the_order("1002").status, bought("1002")) == ("paid", {"SOL-1": (2, 3000)})
    assert {row.country for row in Customer.select()} == {"PL", "UA"}
    sheet = open_file(file)
    assert isinstance(sheet, Sheet)
    assert sheet.understood.days == days
    name = {row.name for row in lines_of("1001").values() if row.product == "TV-1"}.pop()
    assert name.encode(encoding).decode(encoding) in text.replace('""', '"')


def test_what_was_understood_is_told_column_by_column(tmp_path: Path) -> None:
    sheet = open_file(written(tmp_path, sheets.POLISH, "cp1250"))
    assert isinstance(sheet, Sheet)
    assert described(sheet.understood, sheet.path).splitlines() == [
        "orders.csv: a sheet of a shop, in CP1250",
        "  Numer zamówienia   order_id      1001",
        "  Data złożenia      placed_at     3.02.2026 10:15",
        "  Status zamówienia  status        Zrealizowane",
        "  E-mail klienta     email         anna@example.com",
        "  Imię i nazwisko    full_name     Anna Nowak",
        "  Miasto             city          Kraków",
        "  Kraj               country       Polska",
        "  Kod produktu       product       ACU-30",
        "  Nazwa produktu     name          Acuvue Oasys",
        "  Ilość              quantity      2",
        "  Cena brutto        price         64,95 zł",
        "passed over: Uwagi",
        "days are read as 31.12.2026, amounts as 1299,90",
    ]


def test_what_somebody_says_is_believed_before_any_guess(optica: Optica, tmp_path: Path) -> None:
    text = "Order;Date;Klient e-post;Varunr;Name;Price;Status\n7;03.02.2026;anna@example.com;A;Lenses;1.299;sonstiges\n"
    columns = {"Klient e-post": "email", "Varunr": "product"}
    said = Said(days=MDY, decimal=POINT, columns=columns, statuses={"Sonstiges": "paid"})
    assert imported(optica, written(tmp_path, text), said) == (1, 0, 0)
    assert (the_order("7").at, bought("7")) == (at("2026-03-01T23:00:00"), {"A": (1, 130)})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Order;Date;Item Name;Price\n", "no column was found for email or customer_id (whose order it is); say which"),
        ("Order;E-mail;Item Name;Price\n", "no column was found for placed_at (when it was placed); say which"),
        ("Order;Date;E-mail;Item Name\n", "no column was found for product and price (what was bought), or total"),
        ("ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date\n", "no column was found for order_id"),
    ],
)  # fmt: skip
def test_a_sheet_that_lacks_something_says_what_and_how_to_name_it(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        open_file(written(tmp_path, text))
    assert said in str(caught.value)
    assert "--column 'Their name=" in str(caught.value)


def test_a_column_that_is_said_and_not_there_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, sheets.POLISH)
    for columns, said in (
        ({"Kod": "product"}, "has no column 'Kod'"),
        ({"Miasto": "town"}, "no column of ours is called 'town'"),
    ):
        with pytest.raises(UsageError, match=said):
            open_file(file, Said(columns=columns))


def test_rows_that_cannot_be_kept_are_put_aside_in_their_own_words_and_the_rest_goes_in(
    optica: Optica, tmp_path: Path
) -> None:
    poisoned = sheets.POLISH + (
        "1003;jutro;Zrealizowane;anna@example.com;Anna;Kraków;Polska;A;B;2;1,00;\n"
        "1004;3.02.2026;Zgubione;anna@example.com;Anna;Kraków;Polska;A;B;2;1,00;\n"
        "1005;3.02.2026;Nowe;anna@example.com;Anna;Kraków;Polska;A;B;2;gratis;\n"
        "1006;3.02.2026;Nowe;=cmd|' /C calc'!A0;Anna;Kraków;Polska;A;B;2;1,00;\n"
        "1007;3.02.2026;Nowe;anna@example.com;Anna\n"
    )
    assert imported(optica, written(tmp_path, poisoned, "cp1250")) == (2, 0, 5)
    aside = (tmp_path / "orders.rejected.csv").read_text("utf-8").splitlines()
    assert aside[0].startswith("Numer zamówienia;Data złożenia;")
    assert aside[0].endswith(";rejected_line;rejected_reason")
    reasons = ("'jutro' is no", "unknown status 'Zgubione'", "write an amount", "/customer/email", "5 cells")
    for row, reason in zip(aside[1:], reasons, strict=True):
        assert reason in row
    mended = (tmp_path / "orders.rejected.csv").read_text("utf-8").replace("jutro", "4.02.2026")
    (tmp_path / "mended.csv").write_text(mended.replace("gratis", "1,00"), "utf-8")
    assert imported(optica, tmp_path / "mended.csv") == (2, 0, 3)
    assert {row.external_id for row in Order.select()} == {"1001", "1002", "1003", "1005"}


def test_odd_amounts_are_refused_row_by_row_and_never_read_as_other_money(
    optica: Optica, tmp_path: Path
) -> None:
    odd = ("=1+1", "2 szt. po 15,00", "1e3", "(12,00)", "12,00-15,00", "abc5", "12 zł 50 gr", "-3,00", "")
    row = "{};3.02.2026;Nowe;anna@example.com;Anna;Kraków;Polska;A{};B;{};{};\n"
    rows = [row.format(2000 + number, number, 1, cell) for number, cell in enumerate(odd)]
    good = [row.format(3000, 30, 1, "1.299,90 zł"), row.format(3001, 31, "2,000", "1.299")]
    thousand = row.format(2100, 32, "1.000", "5,00")
    text = sheets.POLISH + "".join([*rows, *good, thousand])
    assert imported(optica, written(tmp_path, text, "cp1250")) == (4, 0, len(odd) + 1)
    aside = (tmp_path / "orders.rejected.csv").read_text("utf-8").splitlines()[1:]
    reasons = [line.rsplit(";", 1)[1].strip('"') for line in aside]
    assert all(reason.startswith("/lines/0/price ") for reason in reasons[:-1]), reasons
    assert reasons[-1] == "/lines/0/quantity must be a valid integer"
    assert [the_order(number).total_minor for number in ("3000", "3001")] == [129_990, 259_800]


def test_what_a_line_came_to_is_divided_only_where_it_is_an_amount(optica: Optica, tmp_path: Path) -> None:
    text = "Order number,Date,E-mail,SKU,Quantity,Line total\n"
    for number, cell in enumerate(("1e3", "1_000", "NaN", "１２", "$12.50", "12.50 or so")):
        text += f"{number},2026-02-03,anna@example.com,A,2,{cell}\n"
    assert imported(optica, written(tmp_path, text)) == (1, 0, 5)
    assert the_order("4").total_minor == 1250


def test_a_sheet_without_goods_brings_orders_with_their_totals(optica: Optica, tmp_path: Path) -> None:
    text = "Order number,Date,E-mail,Total\n1,2026-02-03,anna@example.com,$12.50\n"
    assert imported(optica, written(tmp_path, text)) == (1, 0, 0)
    assert (the_order("1").total_minor, bought("1")) == (1250, {})


def test_a_refund_is_not_lost_where_an_import_stops_between_it_and_its_order(
    optica: Optica, tmp_path: Path
) -> None:
    file = written(tmp_path, sheets.SHOPIFY)
    steps = bring(Bringing(optica.store, optica.config, optica.row, open_file(file), optica.now, batch=1))
    for _ in range(3):
        next(steps)
    steps.close()
    list(bring(Bringing(optica.store, optica.config, optica.row, open_file(file), optica.now, batch=1)))
    assert sorted(row.external_id for row in Order.select()) == ["5001", "5002", "5003"]
    assert the_order("5003").void_at is not None
    assert lines_of("5002")["SOL-1"].quantity == 2
