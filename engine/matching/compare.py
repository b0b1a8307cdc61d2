"""The comparisons of the rule language as SQL: three-valued, because SQL's NULL is exactly our unknown."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from peewee import OP, SQL, Case, Cast, Expression, Node, fn

from engine.matching.scope import Scope
from engine.rulebook.ast import Between, Compare, OneOf, Test, Unknown

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
TRUE, FALSE, UNKNOWN = SQL("(1 = 1)"), SQL("(1 = 0)"), SQL("(1 = NULL)")
ZERO = SQL("(0)")


def every(parts: list[Any]) -> Any:
    """Joins conditions by AND; none at all is true."""
    found = [part for part in parts if part is not None]
    return reduce(operator.and_, found) if found else TRUE


def some(parts: list[Any]) -> Any:
    """Joins conditions by OR; none at all is false."""
    found = [part for part in parts if part is not None]
    return reduce(operator.or_, found) if found else FALSE


def unknown(column: Any) -> Any:
    """Says that a column, or what a query of one value finds, is not known."""
    return Expression(column, OP.IS, None)


def compare(column: Any, test: Test, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    """Compares a column by a test; `convert` turns the rule's values into the column's."""
    if isinstance(test, Unknown):
        return unknown(column)
    if isinstance(test, Between):
        return (column >= convert(test.low)) & (column <= convert(test.high))
    if isinstance(test, OneOf):
        return column.in_([convert(value) for value in test.values])
    return OPERATORS[test.operator](column, convert(test.value))


def money(column: Any, test: Test, scope: Scope) -> Any:
    """Compares minor units by amounts that may name another currency."""
    return compare(column, test, scope.minor)


def branch(column: Any, test: Test) -> Any:
    """Compares a category path: each value means the whole branch below it."""
    if isinstance(test, Unknown):
        return column.is_null()
    values = test.values if isinstance(test, OneOf) else (test.value,)  # type: ignore[union-attr]
    inside = some([in_branch(column, str(value)) for value in values])
    return ~inside if isinstance(test, Compare) and test.operator == "!=" else inside


def in_branch(column: Any, path: str) -> Expression:
    """Says that a category is the path or lies below it, by range ('0' follows '/'), not by LIKE."""
    return (column == path) | ((column >= f"{path}/") & (column < f"{path}0"))


def in_branch_of(column: Any, path: Any) -> Expression:
    """The same, below the category of another column."""
    return (column == path) | ((column >= path.concat("/")) & (column < path.concat("0")))


def unindexed(column: Any) -> Any:
    """Hides a text column from the planner, which would else prefer a whole branch to one minute."""
    return column.concat("")


def contains(column: Any, value: Any, scope: Scope) -> Expression:
    """Says that a JSON list, kept as text, holds the value."""
    quoted = json.dumps(value, ensure_ascii=False)
    search = fn.STRPOS if scope.postgresql else fn.INSTR
    return search(column, quoted) > 0


def listed(column: Any, test: Test, scope: Scope) -> Any:
    """Compares a list by what it holds: any of the named values, or with != none of it."""
    if isinstance(test, Unknown):
        return Cast(column, "text") == "[]"
    values = test.values if isinstance(test, OneOf) else (test.value,)  # type: ignore[union-attr]
    inside = some([contains(column, value, scope) for value in values])
    return ~inside if isinstance(test, Compare) and test.operator == "!=" else inside


def property_(column: Any, name: str, test: Test, scope: Scope) -> Any:
    """Compares one member of a JSON mapping; a member of another type, or none, is unknown."""
    if isinstance(test, Unknown):
        return (
            _text(column, name, scope).is_null()
            & _number(column, name, scope).is_null()
            & _truth(column, name, scope).is_null()
        )
    sample = (
        test.low if isinstance(test, Between) else test.values[0] if isinstance(test, OneOf) else test.value
    )
    if isinstance(sample, bool):
        return compare(_truth(column, name, scope), test, int)
    if isinstance(sample, str):
        return compare(_text(column, name, scope), test, str)
    return compare(_number(column, name, scope), test, float)


def _member(column: Any, name: str, scope: Scope) -> tuple[Any, Any]:
    """Returns the type and the value of a member, in the dialect's own functions."""
    if scope.postgresql:
        document = Cast(column, "jsonb")
        return fn.jsonb_typeof(fn.jsonb_extract_path(document, name)), fn.jsonb_extract_path_text(
            document, name
        )
    path = "$." + json.dumps(name, ensure_ascii=False)
    return fn.json_type(column, path), fn.json_extract(column, path)


def member_text(column: Any, name: str, scope: Scope) -> Any:
    """Returns a member of any type, for people to read."""
    return _member(column, name, scope)[1]


def _text(column: Any, name: str, scope: Scope) -> Node:
    kind, value = _member(column, name, scope)
    return Case(None, [(kind == ("string" if scope.postgresql else "text"), value)])


def _number(column: Any, name: str, scope: Scope) -> Node:
    kind, value = _member(column, name, scope)
    if scope.postgresql:
        return Case(None, [(kind == "number", Cast(value, "double precision"))])
    return Case(None, [(kind.in_(["integer", "real"]), value)])


def _truth(column: Any, name: str, scope: Scope) -> Node:
    kind, value = _member(column, name, scope)
    if scope.postgresql:
        return Case(None, [((kind == "boolean") & (value == "true"), 1), (kind == "boolean", 0)])
    return Case(None, [(kind == "true", 1), (kind == "false", 0)])
