"""Single values by kind: money, counts, paths, dates and the ids of things that must exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date as date_type
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from engine.rulebook.ast import Money, Value
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Node
from engine.rulebook.scalars import meaning
from engine.rulebook.scope import Scope
from engine.rulebook.vocabulary import Kind

MONEY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?: *([^\W\d_]+))?")
MONEY_TURNED = re.compile(r"([A-Za-z]{3}) *([0-9]+(?:\.[0-9]+)?)")
LARGEST = Decimal(10) ** 12
MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]+([0-9]{2}:[0-9]{2}))?")


def money(text: str, node: Node, what: str, scope: Scope) -> Money:
    """Takes `50`, `49.90` or `50 EUR`; no less than nothing, no more decimals than two."""
    found = MONEY.fullmatch(text)
    if not found:
        turned = MONEY_TURNED.fullmatch(text)
        hint = f"; did you mean '{turned[2]} {turned[1].upper()}'?" if turned else ""
        if re.fullmatch(r"[0-9]+,[0-9]{1,2}( *[A-Za-z]{3})?", text):
            hint = f"; did you mean '{text.replace(',', '.')}'?"
        raise Refused(node.place, f"{what} takes an amount, as 50 or 50 EUR, not {text!r}{hint}")
    amount, currency = Decimal(found[1]), found[2]
    if amount < 0:
        raise Refused(node.place, f"{what} takes an amount from 0 up, not {text!r}")
    if amount > LARGEST or len(found[1].partition(".")[2]) > 4:
        raise Refused(
            node.place, f"{what} takes an amount with at most 4 decimals and 12 digits, not {text!r}"
        )
    if currency is not None:
        currency_code(currency, node, what, scope)
    return Money(amount, currency)


def currency_code(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes a currency that the server can convert; where none is known, three capital letters."""
    known = scope.vocabulary.currencies
    if known is not None:
        return _known(text, node, "currency", known)
    return _shaped(text, node, what, r"[A-Z]{3}", "a currency in three capital letters, as PLN", text.upper())


def count(text: str, node: Node, what: str, scope: Scope) -> int:
    """Takes a whole number from 0 up."""
    value = meaning(text)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(node.place, f"{what} takes a whole number from 0 up, not {text!r}")
    return value


def number(text: str, node: Node, what: str, scope: Scope) -> int | Decimal:
    """Takes a number, whole or with decimals, also below zero."""
    value = meaning(text)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused(node.place, f"{what} takes a number, not {text!r}")
    return value


def percent(text: str, node: Node, what: str, scope: Scope) -> int | Decimal:
    """Takes 10, 10% or 10 per cent, from 0 to 100."""
    value = meaning(re.sub(r" *(%|per cent|percent)$", "", text))
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= 100:
        raise Refused(node.place, f"{what} takes per cent from 0 to 100, as 10%, not {text!r}")
    return value


def words(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes text as it is written."""
    return text


def path(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes a category's path, as optics/contact-lenses."""
    neat = "/".join(part.strip() for part in text.split("/") if part.strip())
    if not neat:
        raise Refused(node.place, f"{what} takes a path, as optics/contact-lenses, not {text!r}")
    if neat != text:
        raise Refused(
            node.place, f"{what} takes a path without empty parts, not {text!r}; did you mean {neat!r}?"
        )
    return text


def date(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes a day, as 2026-01-31."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date_type.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused(node.place, f"{what} takes a day, and {text!r} is not in the calendar") from None
    raise Refused(node.place, f"{what} takes a day, as 2026-01-31, not {text!r}")


def wall_time(text: str, node: Node, what: str) -> datetime:
    """Takes a day with or without a clock time, as 2026-11-27 10:00; a bare day is its midnight."""
    found = MOMENT.fullmatch(text)
    if not found:
        raise Refused(
            node.place, f"{what} takes a moment in the customer's zone, as 2026-11-27 10:00, not {text!r}"
        )
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}")
    except ValueError:
        raise Refused(node.place, f"{what} takes a moment, and {text!r} is not in the calendar") from None


def country(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes two capital letters."""
    return _shaped(text, node, what, r"[A-Z]{2}", "two capital letters, as PL", text.upper())


def language(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes two small letters."""
    return _shaped(
        text, node, what, r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "two small letters, as pl", text.lower()
    )


def _shaped(text: str, node: Node, what: str, shape: str, wanted: str, guess: str) -> str:
    if re.fullmatch(shape, text):
        return text
    hint = f"; did you mean {guess!r}?" if re.fullmatch(shape, guess) else ""
    raise Refused(node.place, f"{what} takes {wanted}, not {text!r}{hint}")


def _known(text: str, node: Node, noun: str, known: tuple[str, ...] | frozenset[str] | None) -> str:
    if known is not None and text not in known:
        raise Refused(node.place, f"unknown {noun} {text!r}{meant(text, known)}")
    return text


def rule_id(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes the id of a rule of the rulebook."""
    return _known(text, node, "rule", scope.rules)


def purpose(text: str, node: Node, what: str, scope: Scope) -> str:
    """Takes a purpose that customers can consent to, or transactional."""
    return _known(text, node, "purpose", scope.vocabulary.purposes)


def anything(text: str, node: Node, what: str, scope: Scope) -> Value:
    """Takes whatever it is: a number as a number, true or false as such, the rest as text."""
    value = meaning(text)
    return text if value is None else value


Reader = Callable[[str, Node, str, Scope], Value]
READERS: Mapping[Kind, Reader] = MappingProxyType(
    {
        "money": money, "count": count, "number": number, "percent": percent, "text": words, "path": path,
        "date": date, "country": country, "language": language, "currency": currency_code, "rule": rule_id,
        "purpose": purpose, "property": anything,
    }
)  # fmt: skip
