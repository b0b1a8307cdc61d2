"""A message reached its goal when the goal's fact came after it, in time, and was not taken back."""

from __future__ import annotations

import pytest

from engine.clock import MINUTE
from engine.feedback.goals import AT_ONCE, reached, window_ends
from models import Line, Order
from tests.feedback.conftest import WARSAW, Town, at, refill

LENSES = "{bought: {category: optics}, within: 14 days}"
SHOWN = "2026-03-01 10:00"


def found(town: Town, rule, *shown: tuple[str, str], now: str = "2026-12-01 00:00") -> list[int | None]:
    return reached(town.view(now, rule), rule, [(town.id(name), at(when)) for name, when in shown])


def test_without_a_goal_an_order_within_seven_days_is_one(town: Town) -> None:
    town.buys("anna", "2026-03-08 10:00")
    town.buys("celina", "2026-03-08 10:01")
    assert found(town, refill(), ("anna", SHOWN), ("celina", SHOWN), ("borys", SHOWN)) == [
        at("2026-03-08 10:00"), None, None,
    ]  # fmt: skip


def test_what_happened_at_the_very_moment_of_the_mail_was_not_led_to_by_it(town: Town) -> None:
    town.buys("anna", SHOWN)
    assert found(town, refill(), ("anna", SHOWN)) == [None]
    assert found(town, refill(), ("anna", "2026-03-01 09:59"), ("anna", SHOWN)) == [at(SHOWN), None]


def test_only_what_fits_the_goal_counts_and_the_first_of_it_is_told(town: Town) -> None:
    town.buys("anna", "2026-03-02 12:00", category="cosmetics")
    town.buys("anna", "2026-03-04 12:00")
    town.buys("anna", "2026-03-05 12:00")
    town.buys("celina", "2026-03-05 12:00", category="opticsworld")
    assert found(town, refill(LENSES), ("anna", SHOWN), ("celina", SHOWN)) == [at("2026-03-04 12:00"), None]


def test_a_cancelled_order_and_a_returned_product_reached_nothing(town: Town) -> None:
    order = town.buys("anna", "2026-03-02 12:00")
    other = town.buys("celina", "2026-03-02 12:00")
    back = {"void_at": at("2026-03-06 09:00"), "void_recorded_at": at("2026-03-06 09:00")}
    Order.update(back).where(Order.id == order.id).execute()
    Line.update(back).where(Line.order << [order.id, other.id]).execute()
    assert found(town, refill(), ("anna", SHOWN), ("celina", SHOWN)) == [None, at("2026-03-02 12:00")]
    assert found(town, refill(LENSES), ("celina", SHOWN)) == [None]
    assert found(town, refill(LENSES), ("celina", SHOWN), now="2026-03-05 00:00") == [at("2026-03-02 12:00")]


def test_the_windows_days_are_those_of_the_customers_own_calendar(town: Town) -> None:
    # Clocks go forward on 29 March: seven days of it are 167 hours long.
    shown = "2026-03-25 10:00"
    town.buys("anna", "2026-04-01 10:00")
    town.buys("celina", "2026-04-01 10:01")
    assert found(town, refill(), ("anna", shown), ("celina", shown)) == [at("2026-04-01 10:00"), None]
    ends = window_ends(refill().goal, at("2026-03-25 10:00", "Europe/Kyiv"), "Europe/Kyiv")
    assert ends == at("2026-04-01 10:00", "Europe/Kyiv")


def test_hours_are_elapsed_time(town: Town) -> None:
    rule = refill("{ordered: any, within: 24 hours}")
    assert window_ends(rule.goal, at("2026-03-28 20:00"), WARSAW) == at("2026-03-29 21:00")


def test_what_is_not_known_yet_has_not_happened(town: Town) -> None:
    town.buys("anna", "2026-03-05 12:00")
    assert found(town, refill(), ("anna", SHOWN), now="2026-03-05 11:59") == [None]
    Order.update(recorded_at=at("2026-03-20 12:00")).execute()
    assert found(town, refill(), ("anna", SHOWN), now="2026-03-19 00:00") == [None]
    assert found(town, refill(), ("anna", SHOWN), now="2026-03-20 12:00") == [at("2026-03-05 12:00")]


@pytest.mark.parametrize("goal", ["{birthday: any}", "{runs_out: any}"])
def test_what_comes_by_itself_is_no_success_of_a_mail(town: Town, goal: str) -> None:
    assert found(town, refill(goal), ("anna", SHOWN)) == [None]


def test_many_moments_are_answered_in_their_order(town: Town) -> None:
    """More than fit into one piece, of one customer and of several, shuffled."""
    town.buys("anna", "2026-03-02 12:00")
    town.buys("borys", "2026-03-03 12:00")
    start, count = at(SHOWN), AT_ONCE + 10
    shown = [(town.id("anna" if n % 3 else "borys"), start + (n * 7 % count) * MINUTE) for n in range(count)]
    answers = reached(town.view("2026-12-01 00:00"), refill("{ordered: any, within: 2 days}"), shown)
    bought = {town.id("anna"): at("2026-03-02 12:00"), town.id("borys"): at("2026-03-03 12:00")}
    wanted = [
        bought[customer] if since < bought[customer] <= window_ends(refill("{ordered: any, within: 2 days}").goal, since, WARSAW)
        else None
        for customer, since in shown
    ]  # fmt: skip
    assert answers == wanted
    assert None in answers
    assert len({answer for answer in answers if answer}) == 2
