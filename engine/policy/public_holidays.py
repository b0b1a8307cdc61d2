"""Public holidays by country, as the package `holidays` knows them."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

import holidays


class HolidayCalendar:
    """Answers whether a day is a public holiday of a whole country; an unknown country has none.

    Regions are left out, since a customer's region is free text. Years are remembered once they were asked for.
    """

    def __init__(self) -> None:
        self._years: dict[tuple[str, int], Container[date]] = {}

    def is_holiday(self, country: str, day: date) -> bool:
        """Says whether `day` is a holiday of `country`, an ISO 3166 code of two letters."""
        key = (country.upper(), day.year)
        if key not in self._years:
            self._years[key] = self._days_of(*key)
        return day in self._years[key]

    def _days_of(self, country: str, year: int) -> Container[date]:
        try:
            return frozenset(holidays.country_holidays(country, years=year))
        except NotImplementedError:  # the package's word for a country that it does not know
            return frozenset()
