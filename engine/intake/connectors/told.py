"""What a shop system's message comes to: items of our own API, in the order in which they are to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import IntakeError

Item = dict[str, Any]
LARGEST = Decimal(10) ** 15  # larger is no money, and what is reckoned from it would overflow


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a shop system means by a wish about their own facts: by its id or an address, and by orders of theirs."""

    external_id: str | None
    email: str | None
    orders: tuple[str, ...] = ()


@dataclass(slots=True)
class Told:
    """Items by resource. `ignored` says why there are none; `erase` and `export` name whoever wishes it."""

    orders: list[Item] = field(default_factory=list)
    refunds: list[Item] = field(default_factory=list)
    customers: list[Item] = field(default_factory=list)
    products: list[Item] = field(default_factory=list)
    consents: list[Item] = field(default_factory=list)
    events: list[Item] = field(default_factory=list)
    ignored: str = ""
    # refunds with moments of their own, which correct what is known
    exact_refunds: list[Item] = field(default_factory=list)
    carts: list[Item] = field(default_factory=list)  # token, at, lines, and whose it is where that is known
    gone_order: str | None = None  # the shop has deleted it
    back_order: str | None = None  # the shop has taken it back; told as it is now beside it
    gone_product: str | None = None
    forget_shop: bool = False  # the shop has left its system, which wants all its customers forgotten
    erase: Whom | None = None
    export: Whom | None = None
    base: str = "*"  # where the items stand in the message; a star is the number of one


def refused(pointer: str, detail: str) -> IntakeError:
    """Makes the error that names a field of the shop's own message."""
    return IntakeError(detail, [(pointer, detail)])


def mapping(value: Any, pointer: str) -> Mapping[str, Any]:
    """Returns a JSON object, or an empty one where there is none; raises IntakeError at anything else."""
    if value is None or value == []:  # PHP writes an empty mapping as a list
        return {}
    if not isinstance(value, Mapping):
        raise refused(pointer, "an object is expected here")
    return value


def listed(value: Any, pointer: str) -> list[Mapping[str, Any]]:
    """Returns a list of JSON objects; raises IntakeError at anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused(pointer, "a list is expected here")
    return [mapping(each, f"{pointer}/{number}") for number, each in enumerate(value)]


def text(value: Any, longest: int = 255) -> str | None:
    """Returns a text of one line that our shapes take, or None where nothing was said."""
    if value is None or isinstance(value, (dict, list)):
        return None
    return " ".join(str(value).split())[:longest] or None


def number_of(value: Any, pointer: str) -> str:
    """Returns an id as a text; shop systems write them as numbers. Raises IntakeError where there is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).strip():
        raise refused(pointer, "an id is expected here")
    return str(value).strip()


def amount(value: Any, pointer: str) -> Decimal:
    """Returns money as sent, as a text or a number; raises IntakeError where it is neither."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite() or abs(found) > LARGEST:
        raise refused(pointer, "an amount such as 129.90 is expected here")
    return found


def whole(value: Any, pointer: str, most: int = 10**9) -> int:
    """Returns a whole number, also where it was written as a text or as 2.0."""
    found = amount(value, pointer)
    if found != found.to_integral_value() or abs(found) > most:
        raise refused(pointer, "a whole number is expected here")
    return int(found)


def piece(total: Decimal, quantity: int) -> str:
    """Returns the price of one piece of a line that comes to `total`, never negative."""
    return f"{max(Decimal(0), total / quantity):.6f}"


def said(**fields: Any) -> Item:
    """Returns the fields that were said."""
    return {name: value for name, value in fields.items() if value is not None}


def country(value: Any) -> str | None:
    """Returns a country's two capitals, or None where it is written otherwise."""
    code = (text(value) or "").upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def link(value: Any) -> str | None:
    """Returns an address of the web, or None where it is anything else."""
    found = text(value, 2000)
    return found if found and found.startswith(("https://", "http://")) and " " not in found else None
