"""YAML text becomes a tree of positioned values, strictly: what is dangerous or ambiguous is a fault with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from engine.errors import Place
from engine.rulebook.nodes import Mapping, Node, Scalar, Sequence
from engine.rulebook.scalars import meaning, surprise, without_commas
from engine.rulebook.syntax import said_plainly

LARGEST_FILE = 512 * 1024  # characters; the shipped rulebook is a hundredth of it
DEEPEST = 20
UNREADABLE = re.compile(
    r"[^\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be accepted, and where."""

    place: Place
    message: str


class Unreadable(Exception):
    """Ends the reading of a whole text."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read: its tree (None where nothing could be made of it) and its faults in order."""

    root: Node | None
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class _Builder:
    """Puts a tree together from the parser's events; no deeper than DEEPEST, so that its recursion is bounded."""

    file: str
    text: str
    events: Iterator[Any]
    above: int  # lines of the file that stand above the text
    faults: list[Fault] = field(default_factory=list)

    def place(self, event: Any) -> Place:
        return Place(self.file, self.above + event.start_mark.line + 1, event.start_mark.column + 1)

    def fault(self, place: Place, message: str) -> None:
        self.faults.append(Fault(place, message))

    def document(self) -> Node | None:
        """Reads the one document of the text."""
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable(
                        Fault(self.place(event), "a second document begins here; a file holds one")
                    )
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                root = self.node(event, 0)
        return root

    def node(self, event: Any, depth: int) -> Node:
        place = self.place(event)
        if depth > DEEPEST:
            raise Unreadable(Fault(place, f"this is nested more than {DEEPEST} deep; no rule needs that"))
        self.check_decoration(event, place)
        if isinstance(event, MappingStartEvent):
            return self.mapping(place, bool(event.flow_style), depth)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(place, depth)
        return Scalar("", None, place) if isinstance(event, AliasEvent) else self.scalar(event, place)

    def check_decoration(self, event: Any, place: Place) -> None:
        """Refuses anchors, aliases and tags."""
        tag = getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self.fault(place, f"aliases (*{event.anchor}) are not accepted; write the value out")
        elif event.anchor is not None:
            self.fault(
                place, f"anchors (&{event.anchor}) are not accepted; write the value where it is needed"
            )
        if tag is not None and str(tag).startswith("!="):
            self.fault(place, 'a comparison needs quotes, as "!= 5"')
        elif tag is not None:
            short = str(tag).replace("tag:yaml.org,2002:", "!!")
            self.fault(place, f"tags ({short}) are not accepted; put a text that begins with ! in quotes")

    def scalar(self, event: ScalarEvent, place: Place) -> Scalar:
        text = unicodedata.normalize("NFC", event.value)
        if event.style:
            if UNREADABLE.search(text):  # written as an escape, such as "\0"
                self.fault(place, "there is a character here that no text should have; delete it")
            return Scalar(text, text, place)
        odd = surprise(text)
        if odd:
            self.fault(place, odd)
        return Scalar(text, meaning(text), place)

    def sequence(self, place: Place, depth: int) -> Sequence:
        items: list[Node] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self.node(event, depth + 1))
        return Sequence(tuple(items), place)

    def mapping(self, place: Place, braces: bool, depth: int) -> Mapping:
        pairs: list[tuple[Scalar, Node]] = []
        loose: list[int] = []  # which pairs have no colon: the pieces of a value that was cut at its comma
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key = self.node(event, depth + 1)
            follows = next(self.events)
            value = self.node(follows, depth + 1)
            if not isinstance(key, Scalar):
                self.fault(key.place, "a key must be one word, not a list or mapping")
                continue
            if braces and self.lacks_colon(event, follows):
                loose.append(len(pairs))
            if isinstance(value, Scalar) and value.value is None and not value.text:
                value = Scalar("", None, key.place)  # nothing has no place of its own
            pairs.append((key, value))
        self.check_commas(pairs, loose)
        self.check_keys([(key, value) for n, (key, value) in enumerate(pairs) if n not in set(loose)])
        return Mapping(tuple(pairs), place)

    def lacks_colon(self, key: Any, value: Any) -> bool:
        if not isinstance(value, ScalarEvent) or value.value or value.style:
            return False
        return ":" not in self.text[key.end_mark.index : value.start_mark.index + 1]

    def check_commas(self, pairs: list[tuple[Scalar, Node]], loose: list[int]) -> None:
        """Reports `{every: month on 5, 15}`, which YAML cuts at the comma."""
        done = -1
        for first in loose:
            if first <= done:
                continue
            done = first
            while done + 1 in loose:
                done += 1
            pieces = [key for key, _ in pairs[first : done + 1]]
            before = pairs[first - 1] if first else None
            if before is None or not isinstance(before[1], Scalar) or first - 1 in loose:
                lone = pairs[first][0]
                self.fault(lone.place, f"{lone.text!r} has no value; write {lone.text}: and its value")
                continue
            key, value = before[0].text, before[1]
            inside = {piece.place for piece in pieces}  # what is odd about a piece is gone with the quotes
            self.faults = [fault for fault in self.faults if fault.place not in inside]
            self.fault(
                value.place,
                f'a value with a comma inside braces needs quotes; write {key}: "{put_together(value, pieces)}"',
            )

    def check_keys(self, pairs: list[tuple[Scalar, Node]]) -> None:
        """Refuses keys that are written twice or not words."""
        first: dict[str, Place] = {}
        for key, _ in pairs:
            if key.value is None:
                self.fault(key.place, "a key is missing before the colon")
            elif key.text in first:
                line = first[key.text].line
                self.fault(key.place, f"the key {key.text!r} is written twice; the first is in line {line}")
            first.setdefault(key.text, key.place)


def _check_text(text: str, file: str, above: int) -> None:
    """Refuses what no editor should have written: absurd sizes, tabs, control characters, directives."""
    if len(text) > LARGEST_FILE:
        raise Unreadable(Fault(Place(file), f"the file is larger than {LARGEST_FILE // 1024} kB; split it"))
    odd = UNREADABLE.search(text.replace("\t", " "))
    directive = re.search(r"^%", text, re.MULTILINE)
    for at, message in (
        (text.find("\t"), "there is a tab character here; use spaces"),
        (odd.start() if odd else -1, "there is a character here that no text should have; delete it"),
        (
            directive.start() if directive else -1,
            "directives (%) are not accepted; the language is always YAML 1.2",
        ),
    ):
        if at >= 0:
            before = text[:at]
            place = Place(file, above + before.count("\n") + 1, at - before.rfind("\n"))
            raise Unreadable(Fault(place, message))


def read(text: str, file: str, above: int = 0) -> Document:
    """Reads one YAML text; never raises, whatever the text: what is wrong with it stands in the faults.

    `above` is how many lines of the file stand above the text, where it is a part of one.
    """
    text = text.removeprefix("\ufeff")
    try:
        _check_text(text, file, above)
        builder = _Builder(file, text, YAML(typ="safe", pure=True).parse(text), above)
        root = builder.document()
    except Unreadable as unreadable:
        return Document(None, (unreadable.fault,))
    except MarkedYAMLError as error:
        return Document(None, (_syntax_fault(error, file, above),))
    except (YAMLError, YAMLStreamError, ValueError, OverflowError) as error:
        return Document(None, (Fault(Place(file), said_plainly(str(error))),))
    if isinstance(root, Scalar) and root.value is None:
        root = None
    return Document(root, tuple(sorted(builder.faults, key=lambda fault: order(fault.place))))


def put_together(cut: Scalar, pieces: list[Scalar]) -> str:
    """Returns a value that was cut at its commas as it should be written: a space only where one stood."""
    whole, end = cut.text, cut.place.column + len(cut.text)
    for piece in pieces:
        whole += f",{piece.text}" if piece.place.column == end + 1 else f", {piece.text}"
        end = piece.place.column + len(piece.text)
    return without_commas(whole)


def order(place: Place) -> tuple[int, int]:
    """Puts places of one file in the order of reading."""
    return place.line, place.column


def _syntax_fault(error: MarkedYAMLError, file: str, above: int) -> Fault:
    unclosed = error.problem == "found unexpected end of stream"
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    place = Place(file, above + mark.line + 1, mark.column + 1) if mark else Place(file)
    return Fault(place, said_plainly(error.problem))
