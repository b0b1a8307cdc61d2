"""Statements compiled once: a query is written as Peewee expressions, its SQL is kept, and each run gives the values.

Peewee works out the SQL of a query anew at every run, which costs several times what a small store needs to answer it
(measured in bench/rule_tests.py). A value that differs from run to run is a `Slot` while the query is built. Nothing can
be computed or compared with a slot, so no value of one run can find its way into the text that others share.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from operator import itemgetter
from typing import Any, NoReturn, TypeVar

from peewee import Context, Database, Node

from models.base import database

Row = tuple[Any, ...]
T = TypeVar("T")
MOST = 2048  # statements kept; what was not used for longest goes first


class Slot(Node):  # type: ignore[misc]
    """Stands in a query for a value: `value_of` finds it in what each run gives."""

    def __init__(self, value_of: Callable[[Any], Any]) -> None:
        self.value_of = value_of

    def __sql__(self, ctx: Context) -> Context:
        """Leaves a mark in the text and itself among the parameters."""
        ctx._values.append(self)
        return ctx.literal(ctx.state.param or "?")

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a slot has no value until the statement runs")

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __int__ = __index__ = _refuse
    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL of one dialect, and its parameters: constants, and slots for the rest."""

    sql: str
    parameters: tuple[Any, ...]

    def run(self, values: Any) -> list[Row]:
        """Runs it with what this run gives; returns the rows as the database has them, none where it only writes."""
        found = [each.value_of(values) if isinstance(each, Slot) else each for each in self.parameters]
        cursor = database.execute_sql(self.sql, found)
        return cursor.fetchall() if cursor.description else []


def compiled(query: Node) -> Statement:
    """Works out the SQL of a query for the database in use."""
    current: Database = database.obj
    sql, parameters = current.get_sql_context().sql(query).query()
    return Statement(sql, tuple(parameters))


class Kept:
    """Statements by what they are compiled from; what the key names by identity is kept alive with them."""

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[Statement | None, tuple[Any, ...]]] = {}

    def get(self, key: Hashable, build: Callable[[], Node], owners: tuple[Any, ...] = ()) -> Statement | None:
        """Returns the statement of a key, compiled at first need; None where its query would compute with a slot."""
        key = (type(database.obj), key)
        if key not in self._found:
            while len(self._found) >= MOST:
                del self._found[next(iter(self._found))]
            self._found[key] = (self._compile(build), owners)
        else:
            self._found[key] = self._found.pop(key)  # the last to go now
        return self._found[key][0]

    @staticmethod
    def _compile(build: Callable[[], Node]) -> Statement | None:
        try:
            return compiled(build())
        except (
            TypeError
        ):  # also of calendars and clocks that are given a slot; a real mistake shows without slots too
            return None


def given(part: int, at: int) -> Slot:
    """Returns the slot of one member of one part of what a run is given."""
    return Slot(partial(_member, part, at))


def prepared(query: Callable[..., Node]) -> Callable[..., list[Row]]:
    """Makes a function that returns a query into one that runs it: `f(shop, [ids])` returns the rows.

    A list becomes that many parameters, filled up by repeating its last member so that few lengths are compiled; it
    must not be empty.
    """
    kept: dict[Hashable, Statement] = {}

    @wraps(query)
    def run(*values: Any) -> list[Row]:
        filled = [filled_up(each) if isinstance(each, list | tuple) else each for each in values]
        key = (type(database.obj), *(len(each) if isinstance(each, list) else None for each in filled))
        if key not in kept:
            kept[key] = compiled(query(*map(_slots, range(len(filled)), filled)))
        return kept[key].run(filled)

    return run


def filled_up(values: Sequence[Any]) -> list[Any]:
    """Repeats the last of some values until there are one, two, four or so of them, so that few lengths are compiled."""
    if not values:
        return []
    length = 1 << (len(values) - 1).bit_length()
    return [*values, *([values[-1]] * (length - len(values)))]


def _slots(place: int, example: Any) -> Any:
    if not isinstance(example, list):
        return Slot(itemgetter(place))
    return [given(place, at) for at in range(len(example))]


def _member(place: int, at: int, values: Sequence[Any]) -> Any:
    return values[place][at]
