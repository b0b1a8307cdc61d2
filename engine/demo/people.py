"""The demo's customers: who they are, what they come for, and what they agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from engine import calendar
from engine.clock import DAY, HOUR, SECOND, moment
from engine.config import Config, ShopConfig
from engine.demo.names import ascii_name, place

LENSES, SPECTACLES, BEAUTY, BOTH, ONCE = "lenses", "spectacles", "beauty", "both", "once"
HABITS = {LENSES: 30, SPECTACLES: 15, BEAUTY: 27, BOTH: 10, ONCE: 18}  # of a hundred
YEARS = 2
BUSY_HOURS = range(7, 24)
WORDING = {
    "pl": "Chcę dostawać oferty i przypomnienia e-mailem. Zgodę mogę cofnąć w każdej chwili.",
    "uk": "Хочу отримувати пропозиції та нагадування електронною поштою. Можу відкликати згоду будь-коли.",
    "ru": "Хочу получать предложения и напоминания по электронной почте. Могу отозвать согласие в любой момент.",
    "en": "I want to get offers and reminders by e-mail. I can withdraw my consent at any time.",
}


@dataclass(frozen=True, slots=True)
class Shopper:
    """One made-up customer: the shape that intake takes, and what the shape does not say."""

    shape: dict[str, Any] = field(repr=False)
    habit: str
    female: bool
    zone: str
    joined_at: int

    @property
    def id(self) -> str:
        """Returns the shop's number of the customer."""
        return str(self.shape["id"])

    @property
    def named(self) -> dict[str, Any]:
        """Returns what an order must say to mean this customer."""
        return {"id": self.id, "email": self.shape["email"]}


def written(at: int) -> str:
    """Writes an instant as shops do."""
    return moment(at).isoformat(timespec="seconds")


def shoppers(chance: Random, count: int, config: Config, shop: ShopConfig, now: int) -> Iterator[Shopper]:
    """Makes up customers who came over the last two years, ever more of them."""
    taken: dict[str, int] = {}
    for number in range(1, count + 1):
        tongue, country, city = place(chance)
        habit = chance.choices(list(HABITS), list(HABITS.values()))[0]
        female = chance.random() < (0.85 if habit in (BEAUTY, BOTH) else 0.52)
        first, last = tongue.person(chance, female)
        zone = config.zone_for(shop, country, None)
        joined_at = waking_hour(chance, now - int(YEARS * 365 * DAY * chance.random() ** 0.8), zone)
        joined_at = min(joined_at, now - HOUR)
        shape: dict[str, Any] = {
            "id": f"K{number:05d}", "email": _address(first, last, tongue.mail, taken), "first_name": first,
            "last_name": last, "gender": "female" if female else "male", "city": city, "country": country,
            "language": tongue.language, "tags": ["b2b"] if chance.random() < 0.03 else ["b2c"], "source": "checkout",
            "signed_up_at": written(joined_at), "updated_at": written(joined_at),
        }  # fmt: skip
        if chance.random() < 0.75:
            shape["birthday"] = _birthday(chance, now)
        if consent := _consent(chance, joined_at, tongue.language):
            shape["consent"] = consent
        yield Shopper(shape, habit, female, zone, joined_at)


def waking_hour(chance: Random, near_at: int, zone: str) -> int:
    """Moves an instant to an hour of its local day at which people shop: mostly the evening."""
    hour = chance.choices(BUSY_HOURS, [2, 4, 6, 7, 7, 7, 6, 5, 5, 5, 6, 7, 9, 11, 11, 8, 4])[0]
    day = calendar.local(near_at, zone).date()
    return calendar.at_clock_time(day, hour * 60 + chance.randrange(60), zone) + chance.randrange(60) * SECOND


def _address(first: str, last: str, domain: str, taken: dict[str, int]) -> str:
    """Writes the address that such a person would have; namesakes get a number."""
    name = f"{ascii_name(first)}.{ascii_name(last)}"
    taken[name] = taken.get(name, 0) + 1
    return f"{name}{taken[name] if taken[name] > 1 else ''}@{domain}"


def _birthday(chance: Random, now: int) -> str:
    oldest = moment(now).date() - timedelta(days=75 * 365)
    born: date = oldest + timedelta(days=chance.randrange(55 * 365))
    return born.isoformat()


def _consent(chance: Random, joined_at: int, language: str) -> dict[str, Any]:
    """Seven in ten agree to marketing, half of those to the newsletter too."""
    if chance.random() >= 0.70:
        return {}
    said = {"granted": True, "at": written(joined_at), "source": "checkout", "wording": WORDING[language]}
    return {"marketing": said} | ({"newsletter": said} if chance.random() < 0.5 else {})


def later(chance: Random, at: int, days: float, spread: float, zone: str) -> int:
    """Draws when somebody comes again who comes every so many days, give or take."""
    return waking_hour(chance, at + int(max(1.0, chance.gauss(days, spread)) * DAY), zone)
