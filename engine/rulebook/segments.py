"""segments.yaml: named conditions, which may name one another but never in a circle."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from engine.errors import Place
from engine.rulebook.ast import Segment
from engine.rulebook.conditions import condition
from engine.rulebook.findings import Findings
from engine.rulebook.items import segment_items
from engine.rulebook.nodes import Mapping, Node, Scalar, shown
from engine.rulebook.reader import Fault, order, read
from engine.rulebook.scope import Scope, unusable
from engine.rulebook.vocabulary import NAME_PATTERN, Vocabulary
from engine.rulebook.walk import segments_asked

NAME = re.compile(NAME_PATTERN)


@dataclass(slots=True)
class Segments:
    """The segments that can be used, and the names of those that cannot."""

    sound: dict[str, Segment] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)  # of all that are written
    broken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Written:
    key: Scalar
    node: Node
    faults: tuple[Fault, ...]


def read_segments(
    files: dict[str, str], vocabulary: Vocabulary, rules: frozenset[str], findings: Findings
) -> Segments:
    """Reads the files called segments.yaml; what is wrong goes to the findings."""
    found = Segments()
    written = [each for file, text in files.items() for each in _written(text, file, findings)]
    for each in written:
        first = found.places.setdefault(each.key.text, each.key.place)
        if first.file != each.key.place.file:
            findings.error(each.key.place, f"the segment {each.key.text!r} is already written at {first}")
    scope = Scope(vocabulary, findings, rules, found.places)
    for each in written:
        _read_one(each, found, scope)
    _refuse_circles(found, findings)
    _refuse_what_rests_on_broken(found, findings)
    return found


def _written(text: str, file: str, findings: Findings) -> list[_Written]:
    document = read(text, file)
    if not isinstance(document.root, Mapping):
        for fault in document.faults:
            findings.error(fault.place, fault.message)
        if document.root is not None:
            wrong = (
                f"segments are names with conditions, as vip: {{orders: '>= 5'}}, not {shown(document.root)}"
            )
            findings.error(document.root.place, wrong)
        return []
    owned, nobodys = segment_items(document.root, document.faults)
    for fault in nobodys:
        findings.error(fault.place, fault.message)
    return [_Written(key, node, faults) for (key, node), faults in zip(document.root, owned, strict=True)]


def _read_one(each: _Written, found: Segments, scope: Scope) -> None:
    name, before = each.key.text, scope.findings.errors
    for fault in each.faults:
        scope.findings.error(fault.place, fault.message)
    if not NAME.fullmatch(name):
        scope.findings.error(
            each.key.place, f"a segment's name takes letters, digits and hyphens, not {name!r}"
        )
    if scope.findings.errors == before:
        with scope.findings.gathering():
            found.sound[name] = Segment(name, condition(each.node, scope, name), each.key.place)
    if scope.findings.errors > before:
        found.sound.pop(name, None)
        found.broken.add(name)


def _names(segment: Segment) -> list[str]:
    return sorted({leaf.segment for leaf in segments_asked(segment.condition)})


def _refuse_circles(found: Segments, findings: Findings) -> None:
    """Reports every circle once, with its path, and breaks the segments in it."""
    while True:
        graph = {
            name: [n for n in _names(segment) if n in found.sound] for name, segment in found.sound.items()
        }
        try:
            TopologicalSorter(graph).prepare()
            return
        except CycleError as error:
            path = list(reversed(error.args[1]))
        first = min(range(len(path) - 1), key=lambda n: order(found.places[path[n]]))
        path = [*path[first:-1], *path[:first], path[first]]
        circle = " > ".join(path)
        wrong = f"segments go round in a circle: {circle}; one of them must not name the next"
        findings.error(found.places[path[0]], wrong)
        for name in path[:-1]:
            found.broken.add(name)
            del found.sound[name]


def _refuse_what_rests_on_broken(found: Segments, findings: Findings) -> None:
    """Breaks the segments that name a broken one, and those that name these."""
    names_first = TopologicalSorter(
        {name: _names(segment) for name, segment in found.sound.items()}
    ).static_order()
    for name in names_first:
        segment = found.sound.get(name)
        asked = segments_asked(segment.condition) if segment else ()
        culprit = next((leaf for leaf in asked if leaf.segment in found.broken), None)
        if culprit is not None:
            findings.error(culprit.place, unusable(culprit.segment, found.places))
            found.broken.add(name)
            del found.sound[name]
