"""The coming moments of `every` and `date` rules as an iCalendar file (RFC 5545), for the calendar that people look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from icalendar import Calendar, Event

from engine import calendar
from engine.clock import moment
from engine.config import ShopConfig
from engine.matching.moments import occurrences
from engine.rulebook.ast import Every, OnDate, Rule, Rulebook

PRODUCT = "-//Regulars//forecast//EN"


@dataclass(frozen=True, slots=True)
class Occasion:
    """One moment of one rule, as the shop's clocks show it."""

    rule: Rule
    at: int
    wall: datetime  # as it is written, also where spring skips that hour
    mails: int | None = None  # where a forecast has counted them
    written: bool = True  # False: nobody has written this issue


Written = Callable[[str, date], bool]


def occasions(
    rulebook: Rulebook, shop: ShopConfig, after: int, until: int, written: Written
) -> Iterator[Occasion]:
    """Yields the moments in (after, until] of every rule of the shop that goes by the calendar, in order of time."""
    found = []
    for rule in rulebook.for_shop(shop.shop):
        if isinstance(rule.trigger, Every | OnDate):
            for due, _, wall in occurrences(rule, after, until, shop.timezone):
                found.append(Occasion(rule, due, wall, written=written(rule.send, wall.date())))
    yield from sorted(found, key=lambda each: (each.at, each.rule.id))


def agenda(shop: ShopConfig, found: Iterable[Occasion], now: int) -> bytes:
    """Writes occasions as a calendar: each an event of its own, with an identity that is the same in every file.

    Customers get a mail at that clock time in their own zone; the calendar shows the shop's.
    """
    book = Calendar()
    book.add("prodid", PRODUCT)
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", f"{shop.name}: mailings")
    for each in found:
        book.add_component(_event(shop, each, now))
    year = moment(now).year
    book.add_missing_timezones(first_date=date(year - 1, 1, 1), last_date=date(year + 3, 1, 1))
    return bytes(book.to_ical())


def _event(shop: ShopConfig, each: Occasion, now: int) -> Event:
    event = Event()
    event.add("uid", f"{each.rule.id}.{each.wall:%Y%m%dT%H%M}@{shop.shop}.regulars")
    event.add("dtstamp", moment(now))
    event.add("dtstart", moment(each.at).astimezone(calendar.zone(shop.timezone)))
    event.add("summary", _summary(each))
    event.add("description", "\n".join(_description(each)))
    event.add("categories", [each.rule.purpose])
    event.add("transp", "TRANSPARENT")
    return event


def _summary(each: Occasion) -> str:
    title = each.rule.title or each.rule.id
    if not each.written:
        return f"{title} (not written yet)"
    return title if each.mails is None else f"{title} ({each.mails})"


def _description(each: Occasion) -> Iterator[str]:
    yield f"Rule {each.rule.id}, purpose {each.rule.purpose}."
    if not each.written:
        yield f"Nobody has written the issue of {each.wall:%Y-%m-%d}: it is sent to nobody."
    elif each.mails is not None:
        yield f"Going by what is known now, {each.mails} mails on that day."
    yield "Each customer gets it at this clock time in their own zone."
    if each.rule.note:
        yield each.rule.note
