"""A piece of what is thrown away, and how long a table keeps its rows: what engine/roles/retention.py is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import models as m
from engine.clock import DAY
from engine.config import Config
from engine.notices import GOAL, OLD

GOALS_DAYS = OLD // DAY + 1
Old = Callable[[Config, int], Iterator["Piece"]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one table that are over: deleted, or blanked where `blank` says with what."""

    table: Any
    condition: Any
    blank: dict[str, Any] | None = None
    done: Callable[[], object] = lambda: None  # when none is left


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a table keeps its rows, in words, and why; `old` finds those that are over."""

    how_long: str
    why: str
    old: Old | None = None


def before(now: int, days: int) -> int:
    """Returns the moment so many days ago, before which something is over."""
    return now - days * DAY


def old_notices(config: Config, now: int) -> Iterator[Piece]:
    """Finds what endpoints were told, goals later: one that is kept is not told again; and what waits for nobody."""
    kept, n, goals = config.retention.notices_days, m.Notice, before(now, GOALS_DAYS)
    if kept is not None:
        yield Piece(n, (n.settled_at < before(now, kept)) & (n.kind != GOAL))
        yield Piece(n, n.settled_at < goals)
    for shop, name in m.Endpoint.select(m.Endpoint.shop, m.Endpoint.name).tuples():
        mine = (n.shop == shop) & (n.endpoint == name) & n.state.in_(("waiting", "trial"))
        yield Piece(n, mine & (n.next_at < goals))
    yield Piece(m.GoalLook, m.GoalLook.recorded_at < goals)
