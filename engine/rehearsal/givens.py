"""The `given` of a rule test: each item one fact, its keys checked."""

from __future__ import annotations

from typing import Any

from engine.errors import Place
from engine.rehearsal.cases import Given
from engine.rehearsal.moments import Moments
from engine.rehearsal.said import check_said, days_of
from engine.rehearsal.vocabulary import COMMON, GIVEN, LINE_KEYS, NEED, NOT_GIVEN, REFUND_LINE_KEYS
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, Scalar, Sequence, mapping, plain, shown
from engine.rulebook.scope import Scope
from engine.rulebook.vocabulary import ATTRIBUTE, FACTS

CONSENT_EXAMPLE = "consent takes a list of purposes, as [marketing]"


def read_given(item: Mapping, moments: Moments, scope: Scope) -> Given:
    """Reads one item of `given`: a kind and its keys."""
    if len(item.pairs) != 1:
        raise Refused(
            item.place, "each item of given is one fact, as - ordered: {customer: anna, at: 2026-01-01 15:00}"
        )
    key, node = item.pairs[0]
    kind = key.text
    if kind in NOT_GIVEN:
        raise Refused(key.place, f"{kind} cannot be given: {NOT_GIVEN[kind]}")
    if kind not in GIVEN:
        raise Refused(key.place, f"unknown fact {kind!r}{meant(kind, GIVEN)}")
    keys = mapping(node, kind, f"{kind}: {{customer: anna, at: 2026-01-01 15:00}}")
    _check_keys(kind, keys)
    check_said(kind, keys, scope)
    at, recorded = keys.get("at"), keys.get("recorded_at")
    said = {k.text: _value(kind, k.text, v, moments) for k, v in keys if k.text not in COMMON}
    if kind == "bought":
        kind, said = "ordered", _order_of_one_line(said, key.place)
    return Given(
        kind, moments.read(at, "at") if at else None, moments.read(recorded, "recorded_at") if recorded else None,
        _customer(said) if kind == "customer" else said, key.place,
    )  # fmt: skip


def _order_of_one_line(said: dict[str, Any], place: Place) -> dict[str, Any]:
    """Makes the order in which something was bought; without a product, of one that nothing else names."""
    line = {key: said[key] for key in LINE_KEYS if key in said}
    line.setdefault("product", f"made up in line {place.line}:{place.column}")
    return {key: value for key, value in said.items() if key not in line} | {"lines": [line]}


def _customer(said: dict[str, Any]) -> dict[str, Any]:
    """Gathers attributes that are written one by one, as `who` asks them: attributes.size: 38."""
    single = {key.removeprefix(ATTRIBUTE): said.pop(key) for key in list(said) if key.startswith(ATTRIBUTE)}
    return said | ({"attributes": {**said.get("attributes", {}), **single}} if single else {})


def _check_keys(kind: str, keys: Mapping) -> None:
    known = GIVEN[kind]
    for key, _ in keys:
        if key.text not in known and not _is_property(kind, key.text):
            raise Refused(key.place, f"unknown key {key.text!r}{meant(key.text, known)}")
    for needed in NEED.get(kind, ("customer", "at")):
        if keys.get(needed) is None:
            raise Refused(keys.place, f"{kind} needs {needed}")
    if kind == "refunded" and keys.get("amount") is not None and keys.get("lines") is not None:
        raise Refused(keys.place, "refunded takes lines or amount, not both; neither means the whole order")


def _is_property(kind: str, key: str) -> bool:
    return key.startswith(ATTRIBUTE) if kind == "customer" else kind in FACTS and FACTS[kind].open


def _value(kind: str, key: str, node: Node, moments: Moments) -> Any:
    if kind == "customer" and key == "signed_up":
        return moments.read(node, key)
    if kind == "customer" and key.startswith(ATTRIBUTE):
        return plain(node)
    if key == "lines":
        known = LINE_KEYS if kind == "ordered" else REFUND_LINE_KEYS
        return [
            _line(mapping(item, "a line", "{product: ACU-30, price: 60}"), known) for item in _list(node, key)
        ]
    if key in ("consent", "tags"):
        return [_word(item, key) for item in _list(node, key)]
    if key == "attributes":
        return plain(mapping(node, key, "{size: 5}"))
    if isinstance(node, Scalar):
        return days_of(node) if key == "lasts" and node.value is not None else _scalar(key, node)
    raise Refused(node.place, f"{key} takes one value, not {shown(node)}")


def _list(node: Node, what: str) -> tuple[Node, ...]:
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Scalar) and node.text == "none":
        return ()
    return (node,)


def _word(node: Node, what: str) -> str:
    if isinstance(node, Scalar) and node.value is not None:
        return node.text
    raise Refused(node.place, f"{what} takes words, not {shown(node)}")


def _line(keys: Mapping, known: tuple[str, ...]) -> dict[str, Any]:
    for key, _ in keys:
        if key.text not in known:
            raise Refused(key.place, f"unknown key {key.text!r}{meant(key.text, known)}")
    if keys.get("product") is None:
        raise Refused(keys.place, "a line needs a product")
    return {
        key.text: _scalar(key.text, node) if isinstance(node, Scalar) else _refuse(node) for key, node in keys
    }


def _refuse(node: Node) -> Any:
    raise Refused(node.place, f"one value is expected here, not {shown(node)}")


NUMBERS = frozenset({"age", "quantity", "stock", "rating", "score", "points", "percent", "years"})
AMOUNTS = frozenset({"price", "total", "amount"})


def _scalar(key: str, node: Scalar) -> Any:
    """Returns numbers as numbers, amounts as written, and everything else as text."""
    if node.value is None:
        return None
    if key in NUMBERS and isinstance(node.value, bool):
        raise Refused(node.place, f"{key} takes a number, not {shown(node)}")
    if key in AMOUNTS or (key not in NUMBERS and isinstance(node.value, str)):
        return node.text
    return node.value if key in NUMBERS or isinstance(node.value, bool) else _maybe_id(key, node)


def _maybe_id(key: str, node: Scalar) -> Any:
    """Ids and words stay text, whatever they look like; a property of an event stays a number."""
    known = {"id", "customer", "order", "complaint", "product", "name", "category", "brand", "coupon", "channel", "topic",
             "phone", "birthday", "email", "first_name", "last_name", "city", "region"}  # fmt: skip
    return node.text if key in known else node.value
