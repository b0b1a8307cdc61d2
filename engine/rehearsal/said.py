"""What a given fact says of itself, checked value by value, so that a slip is found with its place and not played."""

from __future__ import annotations

import re

from engine import calendar
from engine.errors import Place
from engine.intake.supplies import LONGEST_DAYS
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, Scalar, shown, whole
from engine.rulebook.scope import Scope
from engine.rulebook.values import READERS
from engine.rulebook.vocabulary import FACTS, Kind

KINDS: dict[str, Kind] = {
    "price": "money", "total": "money", "amount": "money", "country": "country", "language": "language",
    "birthday": "date", "currency": "currency", "category": "path", "stock": "number", "age": "count",
}  # fmt: skip
GENDERS = ("female", "male", "other")
LONGEST_ID = 128
MOST_PIECES = 1_000_000
LASTS = re.compile(r"[0-9]{1,6}( +(days?|weeks?))?")
IDS = frozenset({"id", "customer", "order", "product", "complaint"})


def check_said(kind: str, keys: Mapping, scope: Scope) -> None:
    """Refuses a value that no shop could report: an amount that is none, an unknown purpose, a zone that is nowhere."""
    for key, node in keys:
        if key.text == "lines":
            for line in getattr(node, "items", (node,)):
                if isinstance(line, Mapping):
                    check_said("line", line, scope)
        elif key.text == "consent":
            _consents(node, scope)
        elif isinstance(node, Scalar) and node.value is not None:
            _value(kind, key.text, node, scope)


def _value(kind: str, key: str, node: Scalar, scope: Scope) -> None:
    if key in IDS and not 0 < len(node.text) <= LONGEST_ID:
        raise Refused(node.place, f"{key} takes 1 to {LONGEST_ID} characters, not {shown(node)}")
    if key == "quantity":
        whole(node, key, 1, MOST_PIECES)
    elif key == "gender" and node.text not in GENDERS:
        raise Refused(node.place, f"unknown gender {node.text!r}{meant(node.text, GENDERS)}")
    elif key == "lasts":
        days_of(node)
    elif key == "timezone":
        _zone(node.text, node.place)
    elif key == "purpose":
        _purpose(node, scope)
    else:
        wanted = KINDS.get(key) or _filter_kind(kind, key)
        if wanted is not None:
            READERS[wanted](node.text, node, key, scope)


def days_of(node: Scalar) -> int:
    """Takes how long one piece lasts, as `30 days`, `6 weeks` or 30, in days."""
    if not LASTS.fullmatch(node.text.strip()):
        raise Refused(node.place, f"lasts takes days or weeks, as 30 days, not {shown(node)}")
    amount, _, unit = node.text.strip().partition(" ")
    days = int(amount) * (7 if unit.strip().startswith("week") else 1)
    if not 0 < days <= LONGEST_DAYS:
        raise Refused(node.place, f"lasts takes 1 to {LONGEST_DAYS} days, not {shown(node)}")
    return days


def _filter_kind(kind: str, key: str) -> Kind | None:
    fact = FACTS.get(kind)
    return fact.filters.get(key) if fact is not None else None


def _consents(node: Node, scope: Scope) -> None:
    if isinstance(node, Scalar) and (node.value is None or node.text == "none"):
        return
    for item in getattr(node, "items", (node,)):
        if isinstance(item, Scalar):
            _purpose(item, scope)


def _purpose(node: Scalar, scope: Scope) -> None:
    known = tuple(name for name in scope.vocabulary.purposes if name != "transactional")
    if node.text not in known:
        raise Refused(node.place, f"unknown purpose {node.text!r}{meant(node.text, known)}")


def _zone(name: str, place: Place) -> None:
    try:
        calendar.zone(name)
    except ValueError:
        raise Refused(place, f"unknown time zone {name!r}; write an IANA name, as Europe/Warsaw") from None
