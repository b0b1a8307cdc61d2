"""Messages in our own shapes from those who sign as Standard Webhooks say: `{"type": "order.updated", "data": {…}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.intake.connectors.told import Item, Told, mapping, number_of, refused

RESOURCES = ("order", "customer", "product", "event", "consent", "refund")
GREETINGS = ("ping", "test")
MOST = 1_000  # items in one message


def told(topic: str, sent: Mapping[str, Any]) -> Told:
    """Returns the items of one message; the word before the dot of its `type` says of which kind they are.

    Raises IntakeError with the field where the type is of no kind, or `data` holds nothing that could be one.
    """
    said = sent.get("type")
    if said in GREETINGS:
        return Told(ignored="a greeting")
    kind, dot, act = said.partition(".") if isinstance(said, str) else ("", "", "")
    if kind not in RESOURCES or not dot or not act:
        raise refused(
            "/type", f"a type such as order.updated is expected: one of {', '.join(RESOURCES)}, a dot, a word"
        )
    items, alone = _items(sent.get("data"))
    base = "/data" if alone else "/data/*"
    if act == "deleted":
        return _deleted(kind, items, alone)
    found = Told(base=base)
    getattr(found, f"{kind}s").extend(items)
    return found


def _items(sent: Any) -> tuple[list[Item], bool]:
    """Returns what a message tells of, and whether it was one object rather than a list."""
    if isinstance(sent, Mapping):
        return [dict(sent)], True
    if not isinstance(sent, list) or not sent:
        raise refused("/data", "an object is expected here, or a list of objects")
    if len(sent) > MOST:
        raise refused("/data", f"at most {MOST} items in one message; this one has {len(sent)}")
    return [dict(mapping(each, f"/data/{number}")) for number, each in enumerate(sent)], False


def _deleted(kind: str, items: list[Item], alone: bool) -> Told:
    """An order that the shop has deleted is cancelled; nothing else goes because a shop's own record did."""
    if kind != "order":
        return Told(ignored=f"nothing is deleted here because a shop has deleted a {kind}")
    if len(items) != 1:
        raise refused("/data", "one order is deleted by one message")
    return Told(gone_order=number_of(items[0].get("id"), "/data/id" if alone else "/data/0/id"))
