"""A file cut into its rules or segments, so that a mistake in one leaves the others alone."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from engine.errors import Place
from engine.rulebook.nodes import Mapping, Node, Sequence
from engine.rulebook.reader import LARGEST_FILE, Fault, order, read

BEGINNING = re.compile(r"^- ", re.MULTILINE)
ID_IN_TEXT = re.compile(r"(?:^|[-{,\s])rule: *[\"']?([a-z0-9-]+)")
MOST_PIECES = 2000
LIST_OF_RULES = "a rule file holds a list of rules, each beginning with - rule: ID"


@dataclass(frozen=True, slots=True)
class Item:
    """One rule of a file as far as it can be read: its tree, or an id found in text that YAML cannot read."""

    place: Place
    node: Node | None
    faults: tuple[Fault, ...] = ()
    guessed_id: str | None = None


def rule_items(text: str, file: str) -> tuple[list[Item], list[Fault]]:
    """Cuts a rule file into its rules, and lists the faults that belong to no rule."""
    document = read(text, file)
    if document.root is None:
        return _cut_by_hand(text, file, document.faults) if document.faults else ([], [])
    if isinstance(document.root, Sequence):
        return _shared_out(document.root.items, document.faults)
    if isinstance(document.root, Mapping) and document.root.get("rule") is not None:
        return _shared_out((document.root,), document.faults)
    return [], [*document.faults, Fault(document.root.place, LIST_OF_RULES)]


def segment_items(root: Mapping, faults: tuple[Fault, ...]) -> tuple[list[tuple[Fault, ...]], list[Fault]]:
    """Gives each fault of a mapping to the key that it stands under, in the order of the keys."""
    items, nobodys = _shared_out(tuple(key for key, _ in root), faults)
    return [item.faults for item in items], nobodys


def _shared_out(nodes: tuple[Node, ...], faults: tuple[Fault, ...]) -> tuple[list[Item], list[Fault]]:
    """Gives each fault to the rule that it stands in."""
    owned: list[list[Fault]] = [[] for _ in nodes]
    nobodys: list[Fault] = []
    starts = [order(node.place) for node in nodes]
    for fault in faults:
        after = bisect_right(starts, order(fault.place))
        (owned[after - 1] if after else nobodys).append(fault)
    return [Item(node.place, node, tuple(mine)) for node, mine in zip(nodes, owned, strict=True)], nobodys


def _cut_by_hand(text: str, file: str, faults: tuple[Fault, ...]) -> tuple[list[Item], list[Fault]]:
    """Reads each rule for itself where YAML cannot read the whole: only the one with the mistake is lost."""
    starts = [found.start() for found in BEGINNING.finditer(text)]
    if not starts or len(starts) > MOST_PIECES or len(text) > LARGEST_FILE:
        return [
            Item(faults[0].place, None, (), id_) for id_ in ID_IN_TEXT.findall(text[:LARGEST_FILE])
        ], list(faults)
    items: list[Item] = []
    nobodys = list(read(text[: starts[0]], file).faults)
    line = text.count("\n", 0, starts[0])
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = text[start:end]
        items.extend(_piece(piece, file, line))
        line += piece.count("\n")
    return items, nobodys


def _piece(text: str, file: str, above: int) -> list[Item]:
    """Reads one rule that was cut out of its file."""
    document = read(text, file, above)
    if isinstance(document.root, Sequence):
        return _shared_out(document.root.items, document.faults)[0]
    found = ID_IN_TEXT.search(text)
    return [Item(Place(file, above + 1, 3), None, document.faults, found[1] if found else None)]
