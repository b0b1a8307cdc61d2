"""Facts as rules name them: `bought: {category: optics}`, `ordered: any`, with `same` where an anchor is at hand."""

from __future__ import annotations

from typing import cast

from engine.rulebook.ast import Compare, FactPattern, OneOf, Same, Test
from engine.rulebook.comparisons import value_test
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import article, meant
from engine.rulebook.nodes import Mapping, Node, Scalar, several, shown, text
from engine.rulebook.scope import Scope
from engine.rulebook.vocabulary import FACTS, SAME, Kind

Reserved = frozenset[str]


def fact_pattern(
    key: Scalar,
    node: Node,
    scope: Scope,
    *,
    anchor: FactPattern | None = None,
    in_unless: bool = False,
    skip: Reserved = frozenset(),
) -> FactPattern:
    """Takes one fact with its filters; keys in `skip` (within, times) are somebody else's.

    `in_unless` allows `same`, which ties it to `anchor`: None where the anchor is a moment and no fact.
    """
    kind = key.text
    if isinstance(node, Scalar):
        if node.value == "any":
            return FactPattern(kind, place=key.place)
        raise Refused(
            node.place, f"{kind} takes any, or filters in braces as {_example(kind)}, not {shown(node)}"
        )
    if not isinstance(node, Mapping):
        raise Refused(
            node.place, f"{kind} takes any, or filters in braces as {_example(kind)}, not {shown(node)}"
        )
    filters: list[tuple[str, Test]] = []
    same: tuple[Same, ...] = ()
    for name, value in node:
        if name.text in skip:
            continue
        if name.text == "same":
            same = _same(kind, name, value, anchor, in_unless)
            continue
        with scope.findings.gathering():
            asked = filter_kind(kind, name, node, skip, in_unless)
            filters.append((name.text, value_test(value, asked, name.text, scope)))
    return FactPattern(kind, tuple(sorted(filters, key=lambda each: each[0])), same, key.place)


def filter_kind(fact: str, name: Scalar, written: Mapping, skip: Reserved, same: bool) -> Kind:
    """Returns what a filter of a fact is compared with; raises Refused for one that the fact does not have."""
    known = FACTS[fact].filters
    if name.text in known:
        return known[name.text]
    if FACTS[fact].open:
        return "property"
    if name.text in ("within", "times"):
        raise Refused(
            name.place, f"{name.text} can only be asked in who; a fact here is looked for since its anchor"
        )
    words = [*known, *skip, *(("same",) if same else ())]
    left = [word for word in words if word not in written.names]
    raise Refused(name.place, f"unknown filter {name.text!r} of {fact}{meant(name.text, left)}")


def _example(kind: str) -> str:
    names = list(FACTS[kind].filters)
    return f"{{{names[0] if names else 'name'}: …}}"


def _same(kind: str, key: Scalar, node: Node, anchor: FactPattern | None, allowed: bool) -> tuple[Same, ...]:
    """Takes what ties a fact to the anchor, and refuses what either of them lacks."""
    if not allowed:
        raise Refused(key.place, "same ties a fact to the anchor, so it can only stand in unless")
    found = tuple(_one_same(kind, item, anchor) for item in several(node))
    return tuple(sorted(set(found)))


def _one_same(kind: str, node: Node, anchor: FactPattern | None) -> Same:
    thing = text(node, "same")
    if thing not in SAME:
        raise Refused(node.place, f"unknown word {thing!r} after same{meant(thing, SAME)}")
    if not can_be_tied(kind, thing):
        raise Refused(
            node.place, f"{article(kind)} fact has no {thing} that could be the same; {_who_has(thing)}"
        )
    if anchor is None:
        raise Refused(
            node.place, f"same: {thing} cannot be asked here: the anchor is a moment, and has no {thing}"
        )
    named = thing == "category" and category_named(anchor) is not None
    if not named and thing not in FACTS[anchor.kind].things:
        raise Refused(
            node.place, f"same: {thing} cannot be asked here: the anchor, {anchor.kind}, has no {thing}"
        )
    return cast(Same, thing)


def can_be_tied(kind: str, thing: str) -> bool:
    """Says whether a fact of this kind can be asked whether it has the same product, brand, category or order."""
    fact = FACTS[kind]
    return (
        thing in fact.filters or thing in fact.things or "order" in fact.things
    )  # an order has them in its lines


def _who_has(thing: str) -> str:
    kinds = [kind for kind in FACTS if can_be_tied(kind, thing)]
    return f"these have one: {', '.join(kinds[:6])}"


def category_named(anchor: FactPattern) -> tuple[str, ...] | None:
    """Returns the categories that a `when` names, which is what `same: category` then means; None: the anchor's own."""
    test = anchor.filter("category")
    if isinstance(test, Compare) and test.operator == "=":
        return (str(test.value),)
    if isinstance(test, OneOf):
        return tuple(str(value) for value in test.values)
    return None
