"""What matching is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.matching.moments import expires_at
from engine.matching.scope import Scope
from engine.matching.sources import EVENT_KINDS
from engine.rulebook.ast import Rule


@dataclass(frozen=True, slots=True)
class Question:
    """One rule, asked for the due moments in (after, until]; of everybody, or of some customers by id."""

    rule: Rule
    scope: Scope
    after: int
    until: int
    customers: Sequence[int] | None = None
    filtered: bool = True  # False: rows come also where the conditions say no, with `holds` telling
    extra: Callable[..., list[Any]] | None = None  # explain's columns, from (scope, anchor source, since)


@dataclass(frozen=True, slots=True)
class Due:
    """One anchor of one rule and customer that fell due, and what is known of it."""

    rule: Rule
    customer_id: int
    zone: str
    anchor: str
    anchor_at: int
    due_at: int
    expires_at: int
    recorded_at: int  # when the anchor became known
    values: Mapping[str, Any]
    holds: bool = True  # `unless` and `who` say yes (only ever False where that was asked for)
    answers: tuple[Any, ...] = ()  # of the extra columns that `explain` asks for
    held: bool = False  # it waited until now
    held_for: str | None = None  # the reason of its present hold
    held_until_at: int | None = None
    cancelled: bool = False  # its anchor counts as never having happened, or its rule is gone
    cancelled_by: str | None = None  # which of these: RULE_OFF, ORDER_VOID or NOT_BEGUN of matching.gone

    @property
    def key(self) -> tuple[str, int, str]:
        """What a final decision is unique by."""
        return self.rule.id, self.customer_id, self.anchor


def anchor_id(kind: str, row: tuple[Any, ...]) -> str:
    """Names an anchor by its kind and source, never by a date that may move."""
    if kind in ("bought", "runs_out"):
        return f"{kind}:{row[4]}:{row[5]}"
    return "signed_up" if kind == "signed_up" else f"{kind}:{row[0]}"


def build(
    question: Question, row: tuple[Any, ...], kind: str, anchor: str, anchor_at: int, due: int, **more: Any
) -> Due:
    """Makes the answer from a row: id, customer, at, recorded, order, product, category, brand, holds, answers."""
    named = {"order_id": row[4], "product": row[5], "category": row[6], "brand": row[7]}
    named["event"] = row[0] if kind in EVENT_KINDS else None
    values = {"kind": kind, "at": anchor_at, **{k: v for k, v in named.items() if v is not None}, **more}
    rule, zone = question.rule, question.scope.zone
    return Due(
        rule, row[1], zone, anchor, anchor_at, due, expires_at(rule, due, zone), row[3] or anchor_at, values,
        holds=row[8] in (True, 1), answers=tuple(row[9:]),
    )  # fmt: skip
