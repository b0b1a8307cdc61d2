"""Where visits to the shop's pages end: by last page, by device, by source; of those who agreed to be seen, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import Case, fn

from engine.clock import MINUTE
from engine.reports.stretch import Stretch
from models import Visit, VisitPage

QUIET = 30 * MINUTE  # as the script counts: whoever comes back later begins another visit
DEVICES = ("phone", "tablet", "computer")
MOST_ROWS = 15


@dataclass(frozen=True, slots=True)
class Ending:
    """So many visits ended on a page, of so many that saw it."""

    page: str
    ended: int
    seen: int


@dataclass(frozen=True, slots=True)
class Group:
    """Visits of one device or source: how many, how many saw one page alone, and how many pages all saw together."""

    name: str | None
    visits: int
    single: int
    pages: int


@dataclass(frozen=True, slots=True)
class Ends:
    """What a stretch of time shows; `going_on` are visits that have not been quiet for half an hour yet."""

    visits: int
    browsers: int
    known: int  # visits of customers
    going_on: int
    by_page: tuple[Ending, ...]
    by_device: tuple[Group, ...]
    by_source: tuple[Group, ...]


def ends(shop_id: int, stretch: Stretch, now: int, device: str | None = None) -> Ends:
    """Counts the visits that began in the stretch and are over; `device` looks at one kind of them alone."""
    began = (Visit.shop == shop_id) & (Visit.at >= stretch.start_at) & (Visit.at < stretch.end_at)
    over = began & (Visit.last_at <= now - QUIET)
    chosen = over & (Visit.device == device) if device else over
    total = Visit.select(
        fn.COUNT(Visit.id), fn.COUNT(fn.DISTINCT(Visit.visitor)), fn.COUNT(Visit.customer)
    ).where(chosen)
    visits, browsers, known = total.tuples().first()
    lasting = began & (Visit.last_at > now - QUIET)
    going_on = Visit.select().where(lasting & (Visit.device == device) if device else lasting).count()
    return Ends(
        visits, browsers, known, going_on, _by_page(chosen), _by(Visit.device, over), _by(Visit.source, chosen),
    )  # fmt: skip


def _by_page(chosen: Any) -> tuple[Ending, ...]:
    """Lists the pages on which most visits ended, each with how many visits saw it at all."""
    count = fn.COUNT(Visit.id)
    query = Visit.select(Visit.last_page, count).where(chosen).group_by(Visit.last_page)
    rows = list(query.order_by(count.desc(), Visit.last_page).limit(MOST_ROWS).tuples())
    pages = [page for page, _ in rows]
    saw = VisitPage.select(VisitPage.page, fn.COUNT(1)).join(Visit).where(chosen & VisitPage.page.in_(pages))
    seen = dict(saw.group_by(VisitPage.page).tuples()) if pages else {}
    return tuple(Ending(page or "", ended, max(ended, seen.get(page, 0))) for page, ended in rows)


def _by(column: Any, chosen: Any) -> tuple[Group, ...]:
    count = fn.COUNT(Visit.id)
    single = fn.SUM(Case(None, ((Visit.pages <= 1, 1),), 0))
    query = Visit.select(column, count, single, fn.SUM(Visit.pages)).where(chosen).group_by(column)
    rows = query.order_by(count.desc(), column).limit(MOST_ROWS).tuples()
    return tuple(Group(name, visits, int(one), int(pages)) for name, visits, one, pages in rows)
