"""One reader's way of hearing things: a language and a zone, in which keys become texts and instants become dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel import dates, numbers, units

from engine import calendar
from engine.reports.words import Catalogue
from engine.rulebook.ast import Duration


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks one language about one zone's time, as of `now`."""

    words: Catalogue
    language: str
    zone: str
    now: int

    def __call__(self, key: str, /, **values: Any) -> str:
        """Returns the text of a key."""
        return self.words.say(self.language, key, **values)

    def known(self, key: str, fallback: str, /, **values: Any) -> str:
        """Returns the text of a key, or the fallback where nobody has written one: a code that is new."""
        return self(key, **values) if self.words.has(self.language, key) else fallback

    def when(self, at: int | None) -> str:
        """Writes an instant as people of the zone read it; the year only where it is not this one."""
        if at is None:
            return "–"
        wall = calendar.local(at, self.zone)
        year = "" if wall.year == calendar.local(self.now, self.zone).year else " y"
        return str(dates.format_datetime(wall, f"d MMM{year}, HH:mm", locale=self.language))

    def clock(self, at: int) -> str:
        """Writes only the time of day."""
        return f"{calendar.local(at, self.zone):%H:%M}"

    def day(self, at: int | date) -> str:
        """Writes the day of an instant, or a date, with its year."""
        day = calendar.local(at, self.zone).date() if isinstance(at, int) else at
        return str(dates.format_date(day, "d MMMM y", locale=self.language))

    def brief_day(self, at: int) -> str:
        """Writes the day of an instant with its year, short enough for a table."""
        return str(dates.format_date(calendar.local(at, self.zone).date(), "d MMM y", locale=self.language))

    def short_day(self, day: date) -> str:
        """Writes a date for the axis of a chart."""
        return str(dates.format_date(day, "d MMM", locale=self.language))

    def weekday(self, number: int) -> str:
        """Names a day of the week; 0 is Monday."""
        return str(dates.get_day_names("wide", locale=self.language)[number])

    def duration(self, duration: Duration) -> str:
        """Writes a duration with the right plural."""
        unit = f"duration-{duration.unit[:-1]}"
        return str(units.format_unit(duration.amount, unit, length="long", locale=self.language))

    def count(self, number: int) -> str:
        """Writes a whole number with the language's separators."""
        return str(numbers.format_decimal(number, locale=self.language))

    def decimal(self, number: float) -> str:
        """Writes a number with one place behind the point."""
        return str(numbers.format_decimal(number, "#,##0.0", locale=self.language))

    def money(self, minor: int | None, currency: str) -> str:
        """Writes an amount of minor units; English has no habit for our currencies, so the code follows the number."""
        if minor is None:
            return "–"
        pattern = "#,##0.00\xa0¤¤" if self.language == "en" else None
        return str(
            numbers.format_currency(Decimal(minor).scaleb(-2), currency, pattern, locale=self.language)
        )
