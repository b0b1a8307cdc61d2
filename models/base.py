"""What all tables share: the database of the moment, and how instants, money and free fields are kept."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from peewee import BigIntegerField, Database, DatabaseProxy, Model, TextField

_current: ContextVar[Database | None] = ContextVar("database", default=None)


class CurrentDatabase(DatabaseProxy):  # type: ignore[misc]
    """Stands for the database that this thread or task has chosen, so that a rehearsal can have its own."""

    @property
    def obj(self) -> Any:
        """Returns the chosen database, or the process's own."""
        return _current.get() or _default[0]

    @obj.setter
    def obj(self, value: Any) -> None:
        if value is not None:
            _default[0] = value


_default: list[Database | None] = [None]
database = CurrentDatabase()


def choose(chosen: Database | None) -> Any:
    """Makes the tables of this context read and write `chosen`; returns a token for `unchoose`."""
    return _current.set(chosen)


def unchoose(token: Any) -> None:
    """Goes back to what was chosen before."""
    _current.reset(token)


def serve_by_default(chosen: Database | None) -> None:
    """Makes `chosen` the database of every context of this process that has not chosen another."""
    _default[0] = chosen


class Table(Model):  # type: ignore[misc]
    """The root of all tables."""

    class Meta:
        database = database
        legacy_table_names = False


class Instant(BigIntegerField):  # type: ignore[misc]
    """Microseconds since the epoch, UTC."""


class Json(TextField):  # type: ignore[misc]
    """Keeps lists and mappings as compact JSON text, alike on both databases; keys sorted so that equal is equal."""

    def db_value(self, value: Any) -> Any:
        """Writes the value as JSON."""
        return (
            None
            if value is None
            else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        )

    def python_value(self, value: Any) -> Any:
        """Reads the value back."""
        return None if value is None else json.loads(value)
