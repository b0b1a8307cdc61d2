"""What the rows of one order come to: an order of the API's shape, and the refund where the sheet tells of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from engine.intake.checking import Problem
from engine.intake.history.columns import CUSTOMER, LINE, ORDER, RENAMED, value_of
from engine.intake.history.understood import MOMENTS, SHOPIFY, Understood
from engine.intake.history.words import STATUSES, plain, status_of
from engine.intake.history.writing import COMMA, PLAIN, amount, moment
from engine.intake.reading import did_you_mean

REFUNDED = "refunded"
NOBODY = ("0", "")  # WooCommerce's guests
MOST_DIGITS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its cells as they stand there, and what those that are read say, by our column."""

    cells: list[str]
    said: Mapping[str, str]


def order_of(rows: Sequence[Row], sheet: Understood, problems: list[Problem]) -> tuple[dict[str, Any], Any]:
    """Returns the order, and its refund or None; adds what is wrong with the rows to `problems`."""
    if not sheet.foreign:
        return _own(rows, sheet, problems), None
    own = {name: _common(rows, name, problems) for name in sheet.fields if name not in (*LINE, "line_total")}
    said = {name: _plainly(name, cell, sheet) for name, cell in own.items() if cell}
    status = _status(said, sheet, problems)
    order: dict[str, Any] = {
        RENAMED.get(name, name): said[name] for name in ORDER if name in said and name != "status"
    }
    order |= {"status": "paid" if status == REFUNDED else status} if status else {}
    order["customer"] = _customer(said)
    order["lines"] = [line for row in rows for line in _lines(row, sheet)]
    return order, _refund(order, said, status, sheet)


def _own(rows: Sequence[Row], sheet: Understood, problems: list[Problem]) -> dict[str, Any]:
    comma = sheet.decimal == COMMA
    cells = {name: _common(rows, name, problems) for name in (*ORDER, *CUSTOMER)}
    own = {name: value_of(name, cell, comma) for name, cell in cells.items() if cell is not None}
    order = {RENAMED.get(name, name): own[name] for name in ORDER if name in own}
    order["customer"] = {RENAMED.get(name, name): own[name] for name in CUSTOMER if name in own}
    order["lines"] = [{n: value_of(n, row.said[n], comma) for n in LINE if row.said.get(n)} for row in rows]
    return order


def _common(rows: Sequence[Row], name: str, problems: list[Problem]) -> str | None:
    """Returns what the rows of an order agree on; empty cells say nothing."""
    said = {row.said[name] for row in rows if row.said.get(name)}
    if len(said) > 1:
        several = ", ".join(sorted(said))[:200]
        problems.append((f"/{name}", f"the rows of this order do not agree on {name}: {several}"))
    return next((row.said[name] for row in rows if row.said.get(name)), None)


def _plainly(name: str, cell: str, sheet: Understood) -> str:
    if name in MOMENTS:
        return moment(cell, sheet.days)
    if name in ("total", "refunded"):
        return amount(cell, sheet.decimal)
    if name == "country":
        return country_of(cell)
    return cell.upper() if name == "currency" else cell


def _status(said: Mapping[str, str], sheet: Understood, problems: list[Problem]) -> str | None:
    """Returns our word for the shop's; of Shopify's two, what was delivered says more than what was paid."""
    words = [said[name] for name in ("paid_status", "status") if name in said]
    known = [sheet.statuses.get(plain(word)) or status_of(word) for word in words]
    if sheet.format == SHOPIFY:
        if "cancelled_at" in said:
            return "cancelled"
        known = [
            status for status in known if status
        ]  # `unfulfilled` and `partial` say nothing of the whole order
        return REFUNDED if REFUNDED in known else known[-1] if known else None
    for word, status in zip(words, known, strict=True):
        if status is None:
            near = did_you_mean(plain(word), [known for words in STATUSES.values() for known in words])
            problems.append(
                (
                    "/status",
                    f"unknown status {word[:64]!r}{near}; say --status {word[:64]!r}=paid, or which it is",
                )
            )
    return known[0] if known else None


def _customer(said: Mapping[str, str]) -> dict[str, Any]:
    who = {RENAMED.get(name, name): said[name] for name in CUSTOMER if name in said}
    if who.get("id") in NOBODY:
        del who["id"]
    if "first_name" not in who and "full_name" in said:
        first, _, last = said["full_name"].partition(" ")
        who |= {"first_name": first} | ({"last_name": last.strip()} if last.strip() else {})
    return who


def _lines(row: Row, sheet: Understood) -> list[dict[str, Any]]:
    found = [_told(dict(part.split(":", 1) for part in row.cells[place].split("|") if ":" in part), sheet)
             for place in sheet.items if place < len(row.cells) and row.cells[place].strip()]  # fmt: skip
    plainly = {name: row.said[name] for name in (*LINE, "line_total") if row.said.get(name)}
    if plainly.keys() & {"product", "name"}:
        found.append(_line(plainly, sheet))
    return [line for line in found if line["quantity"] != 0]


def _told(parts: Mapping[str, str], sheet: Understood) -> dict[str, Any]:
    """Reads a line that stands in one cell: name:Krem|product_id:12|sku:K1|quantity:2|total:59.80."""
    words = {"product": parts.get("product_id") or parts.get("sku", ""), "name": parts.get("name", ""),
             "quantity": parts.get("quantity", ""), "line_total": parts.get("total", "")}  # fmt: skip
    return _line({name: cell.strip() for name, cell in words.items() if cell.strip()}, sheet)


def _line(said: Mapping[str, str], sheet: Understood) -> dict[str, Any]:
    comma = sheet.decimal == COMMA
    line = {name: value_of(name, said[name], comma) for name in LINE if name in said and name != "price"}
    line.setdefault("product", said.get("name", "")[:128])
    line.setdefault("quantity", 1)
    if "price" in said:
        line["price"] = amount(said["price"], sheet.decimal)
    elif "line_total" in said:
        line["price"] = _piece(amount(said["line_total"], sheet.decimal), line["quantity"])
    return line


def _piece(total: str, quantity: Any) -> str:
    """Divides what a line came to by its pieces; what is no number stays, to be refused with its words."""
    if not PLAIN.fullmatch(total) or not isinstance(quantity, int) or not quantity:
        return total
    try:
        return str((Decimal(total) / quantity).quantize(MOST_DIGITS))
    except InvalidOperation:
        return total


def _refund(order: Mapping[str, Any], said: Mapping[str, str], status: str | None, sheet: Understood) -> Any:
    """A sheet tells what was paid back and not when: it counts as of the newest moment that it names."""
    paid_back = said.get("refunded", "0")
    some = paid_back.strip("0.,") != ""
    if not (some or status == REFUNDED) or "id" not in order:
        return None
    moments = [
        said[name] for name in ("cancelled_at", "updated_at", "delivered_at", "placed_at") if name in said
    ]
    refund = {"id": f"sheet-{order['id']}", "order": order["id"]} | ({"at": moments[0]} if moments else {})
    return refund | ({"amount": paid_back} if some else {})


@lru_cache(maxsize=4096)
def country_of(cell: str) -> str:
    """Returns the two letters of a country that is written out in one of our languages, or the cell as it is."""
    if len(cell) == 2:
        return cell.upper()
    from babel import Locale

    for language in ("en", "pl", "uk", "ru"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and name.casefold() == cell.strip().casefold():
                return str(code)
    return cell
