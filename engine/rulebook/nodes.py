"""A YAML text as a tree of positioned values: what every reader of the rulebook reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from engine.errors import Place
from engine.rulebook.findings import Refused


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: `text` as written, `value` as YAML 1.2 reads it (dates stay text)."""

    text: str
    value: str | int | Decimal | bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values, in the order written; keys are unique words."""

    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """Returns the value of a key, or None where it is not written."""
        return next((node for name, node in self.pairs if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Returns the key itself, for its place."""
        return next((name for name, _ in self.pairs if name.text == key), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Lists the keys."""
        return tuple(name.text for name, _ in self.pairs)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.pairs)


Node: TypeAlias = Scalar | Sequence | Mapping


def shown(node: Node) -> str:
    """Names a value in a message: its text shortened, or what kind of thing it is."""
    if isinstance(node, Scalar):
        if node.value is None:
            return "nothing"
        return repr(node.text if len(node.text) <= 60 else node.text[:57] + "...")
    if isinstance(node, Sequence):
        return "a list"
    return "a mapping"


def mapping(node: Node, what: str, example: str) -> Mapping:
    """Takes a mapping, or refuses saying what is expected with an example."""
    if isinstance(node, Mapping):
        return node
    raise Refused(node.place, f"{what} takes keys and values, as {example}, not {shown(node)}")


def several(node: Node) -> tuple[Node, ...]:
    """Takes a list, or one value that stands for a list of one; an empty list is refused."""
    if not isinstance(node, Sequence):
        return (node,)
    if not node.items:
        raise Refused(node.place, "the list is empty; leave the key out, or name at least one")
    return node.items


def text(node: Node, what: str) -> str:
    """Takes a word or sentence; a number is taken as it is written."""
    if isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, bool):
        if node.text.strip():
            return node.text
        raise Refused(node.place, f"{what} is empty")
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        raise Refused(
            node.place, f"{what} takes text, and {node.text} is yes or no; put it in quotes if it is a name"
        )
    raise Refused(node.place, f"{what} takes text, not {shown(node)}")


def boolean(node: Node, what: str) -> bool:
    """Takes true or false."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    hint = ""
    if isinstance(node, Scalar) and node.text.casefold() in ("yes", "on", "no", "off", "true", "false"):
        hint = f"; did you mean {'true' if node.text.casefold() in ('yes', 'on', 'true') else 'false'}?"
    raise Refused(node.place, f"{what} takes true or false, not {shown(node)}{hint}")


def whole(node: Node, what: str, low: int, high: int) -> int:
    """Takes a whole number between two ends, both included."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(node.place, f"{what} takes a whole number from {low} to {high}, not {shown(node)}")
    if not low <= value <= high:
        raise Refused(node.place, f"{what} takes a whole number from {low} to {high}, and {value} is outside")
    return value


def plain(node: Node) -> Any:
    """Returns the bare Python value of a tree, numbers with a fraction as float: what JSON Schema is asked about."""
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    return float(node.value) if isinstance(node.value, Decimal) else node.value
