"""A year under the shipped rules and policy: every rule lives, and nobody is written to too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from engine.calendar import from_local
from engine.clock import DAY
from engine.config import load_config
from engine.errors import Place
from engine.rehearsal.cases import Case, Given
from engine.rehearsal.simulate import Outcome, simulate
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT / "config.yaml")
RULES = load_rulebook(ROOT / "rules", vocabulary_of(CONFIG, ROOT / "templates"))
ZONE = CONFIG.shops[0].timezone
START, END = date(2026, 11, 22), date(2027, 11, 22)
CUSTOMERS = 14
GOODS = (
    ("ACU-30", "optics/contact-lenses"), ("BIO-6", "optics/contact-lenses"), ("CRM-50", "cosmetics/face"),
    ("LIP-1", "cosmetics/lips"), ("FRM-1", "optics/frames"), ("LAP-14", "computers"),
)  # fmt: skip
MOST_LOST = 0.1  # of what a rule would have sent


def instant(day: date, hour: int) -> int:
    """A moment of the shop's day."""
    return from_local(datetime(day.year, day.month, day.day, hour, 0), ZONE)


def given(kind: str, at: int | None, **keys: object) -> Given:
    """One fact."""
    return Given(kind, at, None, keys, Place("year"))


def people() -> Iterator[Given]:
    """Customers with all consents who have bought before; all come once more, and a third of them every two months."""
    for number in range(CUSTOMERS):
        who = f"c{number}"
        birthday = (date(1980, 1, 1) + timedelta(26 * number)).isoformat()
        yield given("customer", None, id=who, birthday=birthday, consent=["marketing", "newsletter"])
        days = [-380 - 7 * number, number - 200, 3 + 2 * number]
        days += range(70, 330, 60) if number % 3 == 0 else []
        for visit, day in enumerate(days):
            yield from purchase(who, number, visit, START + timedelta(day))


def purchase(who: str, number: int, visit: int, day: date) -> Iterator[Given]:
    """An order of what this customer always buys, and of something else every second time; delivered two days later."""
    chosen = {GOODS[number % 6], *([GOODS[(number + visit) % 6]] if visit % 2 else [])}
    lines = [
        {"product": name, "category": category, "price": "50", "quantity": 1 + (number + number // 6) % 3}
        for name, category in sorted(chosen)
    ]
    order = f"{who}-{visit}"
    yield given("ordered", instant(day, 7 + number), customer=who, id=order, lines=lines)
    yield given("delivered", instant(day + timedelta(2), 12), customer=who, order=order)


@pytest.fixture(scope="module")
def year() -> Outcome:
    start, end = instant(START, 0), instant(END, 0)
    case = Case("a year", CONFIG.shops[0], None, None, tuple(people()), start, end, (), False, Place("year"))
    return simulate(
        case, CONFIG, RULES
    )  # as if an issue had been written for every day: the most there can be


def test_every_shipped_rule_lives_under_the_shipped_policy(year: Outcome) -> None:
    sent = Counter(message.rule for message in year.sent)
    assert sorted(set(RULES.rules) - set(sent)) == []


def test_no_rule_starves(year: Outcome) -> None:
    sent = Counter(message.rule for message in year.sent)
    lost = Counter(rule for _, outcome, rule, _, _ in year.decisions if outcome == "expire")
    assert {rule: lost[rule] for rule in RULES.rules if lost[rule] > MOST_LOST * sent[rule]} == {}


def test_nobody_is_written_to_more_often_than_the_policy_says(year: Outcome) -> None:
    for who in {message.to for message in year.sent}:
        times = sorted(m.at for m in year.sent if m.to == who and not RULES.rules[m.rule].transactional)
        assert all(later - earlier >= 3 * DAY for earlier, later in pairwise(times))
        assert all(third - first >= 7 * DAY for first, third in zip(times, times[2:], strict=False))
