"""The `expect` of a rule test: messages, and decisions that must have been made."""

from __future__ import annotations

from collections.abc import Iterable

from engine.policy.model import REASONS
from engine.rehearsal.cases import Expected, Given
from engine.rehearsal.moments import Moments
from engine.rehearsal.vocabulary import EXPECT_KEYS, OUTCOMES
from engine.rulebook.ast import Rulebook
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, several, text

ONLY = ("only a mail that is sent has words", "only a decision has a reason")


def read_expected(keys: Mapping, moments: Moments) -> Expected:
    """Reads one item of `expect`."""
    for key, _ in keys:
        if key.text not in EXPECT_KEYS:
            raise Refused(key.place, f"unknown key {key.text!r}{meant(key.text, EXPECT_KEYS)}")
    outcomes = [name for name in keys.names if name in OUTCOMES]
    if len(outcomes) != 1:
        raise Refused(
            keys.place, "an expectation names exactly one of send, refuse, hold and expire, as {send: RULE}"
        )
    at, rule = keys.get("at"), keys.get(outcomes[0])
    if at is None:
        raise Refused(keys.place, "at is missing; write the minute, as at: 2026-03-22 15:00")
    assert rule is not None
    foreign = "reason" if outcomes[0] == "send" else "subject subject_has text_has"
    for key, _ in keys:
        if key.text in foreign.split():
            raise Refused(
                key.place, f"{key.text} says nothing of {outcomes[0]}; {ONLY[key.text == 'reason']}"
            )
    to = keys.get("to")
    return Expected(
        outcomes[0], text(rule, outcomes[0]), moments.read(at, "at"), text(to, "to") if to else None, keys.place,
        _reason(keys.get("reason")), _text(keys.get("subject"), "subject"), _texts(keys.get("subject_has"), "subject_has"),
        _texts(keys.get("text_has"), "text_has"),
    )  # fmt: skip


def _reason(node: Node | None) -> str | None:
    if node is None:
        return None
    reason = text(node, "reason")
    if reason not in REASONS:
        raise Refused(node.place, f"unknown reason {reason!r}{meant(reason, REASONS)}")
    return reason


def _text(node: Node | None, what: str) -> str | None:
    return None if node is None else text(node, what)


def _texts(node: Node | None, what: str) -> tuple[str, ...]:
    return () if node is None else tuple(text(item, what) for item in several(node))


def check_named(expect: Iterable[Expected], given: Iterable[Given], rulebook: Rulebook) -> None:
    """Refuses what names a customer, order, complaint or rule that is not there."""
    given = list(given)
    customers = {
        str(item.keys["customer" if item.kind != "customer" else "id"])
        for item in given
        if _has_customer(item)
    }
    orders = {str(item.keys["id"]) for item in given if item.kind == "ordered" and "id" in item.keys}
    complaints = {str(item.keys["id"]) for item in given if item.kind == "complained" and "id" in item.keys}
    _own_orders(given)
    for item in given:
        _named(item, "order", orders)
        _named(item, "complaint", complaints)
    for expected in expect:
        if expected.to is not None and expected.to not in customers:
            raise Refused(
                expected.place,
                f"nothing given is about a customer {expected.to!r}{meant(expected.to, customers)}",
            )
        if expected.rule not in rulebook.rules and expected.rule not in rulebook.broken:
            raise Refused(
                expected.place, f"unknown rule {expected.rule!r}{meant(expected.rule, rulebook.rules)}"
            )


def _own_orders(given: Iterable[Given]) -> None:
    """Refuses a fact of one customer that names another's order."""
    given = list(given)
    owner = {
        str(item.keys["id"]): str(item.keys["customer"])
        for item in given
        if item.kind == "ordered" and "id" in item.keys
    }
    for item in given:
        order, customer = str(item.keys.get("order")), str(item.keys.get("customer"))
        if order in owner and owner[order] != customer:
            raise Refused(item.place, f"order {order!r} is {owner[order]}'s, not {customer}'s")


def _has_customer(item: Given) -> bool:
    return ("id" if item.kind == "customer" else "customer") in item.keys


def _named(item: Given, key: str, known: set[str]) -> None:
    name = item.keys.get(key)
    if name is not None and str(name) not in known:
        raise Refused(item.place, f"nothing given is {key} {str(name)!r}{meant(str(name), known)}")
