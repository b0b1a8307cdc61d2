"""House rules taken apart: what the store answers, what `due` asks, and how the two are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from engine.errors import PolicyFault
from engine.rulebook.ast import All, Any_, Condition, DueIs, Not, Policy

WIDEST = 60  # conjuncts of one house rule; more cannot become rules of one ruleset


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without `due`; the store says True, False or None (unknown)."""

    index: int


@dataclass(frozen=True, slots=True)
class Due:
    """Asks whether a candidate of the rule would go now but for caps, groups, quiet hours and closed days."""

    rule: str


@dataclass(frozen=True, slots=True)
class Both:
    """Every one of the parts."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the parts."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """Not the part; unknown stays unknown."""

    part: Shape


Shape: TypeAlias = Leaf | Due | Both | Either | Opposite


@dataclass(frozen=True, slots=True, order=True)
class Literal_:
    """A leaf (by index) or a due rule (by id), as it stands or negated."""

    leaf: int  # -1 where it is a due rule
    due: str
    positive: bool

    @property
    def opposite(self) -> Literal_:
        """Returns what it contradicts."""
        return Literal_(self.leaf, self.due, not self.positive)


Conjunct: TypeAlias = frozenset[Literal_]


def house_leaves(policy: Policy) -> list[tuple[int, int, Condition]]:
    """Lists what the store answers in Situation.leaves: house rule's index, leaf's index, condition without `due`."""
    shapes = [take_apart(rule.condition) for rule in policy.house_rules]
    return [(h, i, leaf) for h, (_, leaves) in enumerate(shapes) for i, leaf in enumerate(leaves)]


def take_apart(condition: Condition) -> tuple[Shape, tuple[Condition, ...]]:
    """Splits a condition at its `due` parts; parts without one that stand together become one leaf."""
    leaves: list[Condition] = []
    return _shape(condition, leaves), tuple(leaves)


def _shape(condition: Condition, leaves: list[Condition]) -> Shape:
    if isinstance(condition, DueIs):
        return Due(condition.rule)
    if not asks_due(condition):
        leaves.append(condition)
        return Leaf(len(leaves) - 1)
    if isinstance(condition, Not):
        return Opposite(_shape(condition.part, leaves))
    if isinstance(condition, All):
        return Both(tuple(_shape(part, leaves) for part in _gathered(condition.parts, All)))
    if isinstance(condition, Any_):
        return Either(tuple(_shape(part, leaves) for part in _gathered(condition.parts, Any_)))
    raise PolicyFault(f"a house rule cannot ask {type(condition).__name__}")


def _gathered(parts: tuple[Condition, ...], joined: type[All] | type[Any_]) -> list[Condition]:
    """Joins the parts without `due` to one, which the store answers in one expression."""
    plain = tuple(part for part in parts if not asks_due(part))
    rest = [part for part in parts if asks_due(part)]
    return ([joined(plain)] if len(plain) > 1 else list(plain)) + rest


def asks_due(condition: Condition) -> bool:
    """Says whether any part of a condition is `due: RULE`."""
    if isinstance(condition, DueIs):
        return True
    if isinstance(condition, Not):
        return asks_due(condition.part)
    return isinstance(condition, All | Any_) and any(asks_due(part) for part in condition.parts)


def due_rules(shape: Shape) -> frozenset[str]:
    """Collects the rules that a shape asks `due` of."""
    if isinstance(shape, Due):
        return frozenset({shape.rule})
    if isinstance(shape, Opposite):
        return due_rules(shape.part)
    if isinstance(shape, Both | Either):
        return frozenset().union(*(due_rules(part) for part in shape.parts))
    return frozenset()


def leaf_answers(house: int, count: int, leaves: Mapping[tuple[int, int], bool | None]) -> list[bool | None]:
    """Reads the store's answers for a house rule; an answer that is missing is a fault, not a no."""
    missing = [index for index in range(count) if (house, index) not in leaves]
    if missing:
        raise PolicyFault(f"house rule {house} was not answered: leaves {missing} are missing")
    return [leaves[house, index] for index in range(count)]


def conjuncts(shape: Shape, positive: bool = True) -> tuple[Conjunct, ...]:
    """Writes a shape as alternatives of literals that must all be true.

    Negation is pushed to the leaves first. Three-valued logic allows both steps: an alternative is true exactly where
    the condition is. Raises PolicyFault where there are more alternatives than a ruleset can hold.
    """
    if isinstance(shape, Opposite):
        return conjuncts(shape.part, not positive)
    if isinstance(shape, Leaf):
        return (frozenset({Literal_(shape.index, "", positive)}),)
    if isinstance(shape, Due):
        return (frozenset({Literal_(-1, shape.rule, positive)}),)
    parts = [conjuncts(part, positive) for part in shape.parts]
    together = isinstance(shape, Both) is positive
    return _shortest(_multiplied(parts) if together else [one for part in parts for one in part])


def _multiplied(parts: list[tuple[Conjunct, ...]]) -> list[Conjunct]:
    size = 1
    for part in parts:
        size *= max(1, len(part))
        if size > WIDEST * WIDEST:
            raise PolicyFault(f"a house rule's `if` has more than {WIDEST} alternatives", remedy="split it")
    return [frozenset().union(*choice) for choice in product(*parts)]


def _shortest(found: list[Conjunct]) -> tuple[Conjunct, ...]:
    """Drops what can never be true and what a shorter alternative already says."""
    possible = {one for one in found if not any(literal.opposite in one for literal in one)}
    kept = [one for one in possible if not any(other < one for other in possible)]
    if len(kept) > WIDEST:
        raise PolicyFault(f"a house rule's `if` has more than {WIDEST} alternatives", remedy="split it")
    return tuple(sorted(kept, key=sorted))


def rules_asked_due(policy: Policy) -> frozenset[str]:
    """Names the rules whose held candidates house rules must be shown, even in a minute that wakes none of them."""
    shapes = (take_apart(rule.condition)[0] for rule in policy.house_rules)
    return frozenset().union(*(due_rules(shape) for shape in shapes))
