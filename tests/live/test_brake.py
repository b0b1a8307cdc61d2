"""A rule that wants more than is usual waits for a person's word, and a paused one keeps what it holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.config import Brake, Rules
from engine.outbox.acts import pause_rule, release_rule, resume_rule
from models import Hold, RuleDay, RuleState, Shop
from tests.live.conftest import House

NOON = 1_767_265_200 * SECOND  # 1 January 2026, 12:00 in Warsaw
HOUR_LATER = "- {rule: hour, when: {ordered: any, after: 1 hour}, send: plain, expires: 2 days}\n"
Open = Callable[[str, int], House]
PEOPLE = ("anna", "borys", "celina", "daria", "emil")


def braked(home: House, **limits: object) -> House:
    """Gives a home a brake that bites at once."""
    brake = Brake(times=Decimal(2), at_least=1, **limits)  # type: ignore[arg-type]
    home.config = home.config.model_copy(update={"rules": Rules(brake=brake)})
    return home


def five_orders(home: House, at: int = NOON + MINUTE, first: int = 1) -> None:
    for number, name in enumerate(PEOPLE, first):
        home.order(number, name, at)


def outcomes(home: House) -> list[tuple[str, str | None]]:
    return [(outcome, reason) for _, outcome, reason in home.decided()]


def test_what_goes_beyond_the_limit_waits_until_somebody_releases_it(house: Open) -> None:
    home = braked(house(HOUR_LATER, NOON), first=2)
    five_orders(home)
    home.tick(NOON + 2 * HOUR)
    assert outcomes(home) == [("send", None)] * 2 + [("hold", "braked")] * 3
    assert RuleState.get(RuleState.rule == "hour").braked_at == NOON + HOUR + MINUTE
    home.tick(NOON + 3 * HOUR)
    assert len(home.sent()) == 2
    release_rule(home.store, "hour", "jolanta", NOON + 3 * HOUR)
    home.tick(NOON + 3 * HOUR + MINUTE)
    assert len(home.sent()) == 5


def test_a_braked_rule_stays_braked_the_next_day(house: Open) -> None:
    home = braked(house(HOUR_LATER, NOON), first=2)
    five_orders(home)
    home.tick(NOON + 2 * HOUR)
    home.order(9, "anna", NOON + DAY)
    home.tick(NOON + DAY + 2 * HOUR)
    assert len(home.sent()) == 2


def test_what_nobody_releases_expires_as_usual(house: Open) -> None:
    home = braked(house(HOUR_LATER, NOON), first=2)
    five_orders(home)
    home.tick(NOON + 3 * DAY)
    assert outcomes(home)[-3:] == [("expire", "expired")] * 3
    assert Hold.select().count() == 0


def test_the_limit_is_a_multiple_of_the_rules_busiest_day(house: Open) -> None:
    home = braked(house(HOUR_LATER, NOON), first=1)
    today = 739_617  # 1 January 2026
    for back in (1, 2, 3):
        RuleDay.create(shop=Shop.get(), rule="hour", day=today - back, mails=2)
    RuleDay.create(shop=Shop.get(), rule="hour", day=today - 64, mails=500)  # too long ago to be usual
    five_orders(home)
    home.tick(NOON + 2 * HOUR)
    assert len(home.sent()) == 4
    assert RuleDay.get(RuleDay.day == today).mails == 4


def test_mails_about_orders_are_never_braked_nor_counted(house: Open) -> None:
    home = braked(house(HOUR_LATER.replace("send:", "purpose: transactional, send:"), NOON), first=2)
    five_orders(home)
    home.tick(NOON + 2 * HOUR)
    assert len(home.sent()) == 5
    assert RuleDay.select().count() == 0


def test_by_default_a_small_shop_never_meets_the_brake(house: Open) -> None:
    home = house(HOUR_LATER, NOON)
    five_orders(home)
    home.tick(NOON + 2 * HOUR)
    assert len(home.sent()) == 5


def test_a_cap_is_not_used_up_by_what_the_brake_holds(house: Open) -> None:
    both = HOUR_LATER.replace("expires", "priority: 90, expires") + HOUR_LATER.replace("hour,", "small,")
    home = house(both, NOON)
    home.write("caps: [{at_most: 1 per 3 days}]\n", "policy.yaml")
    home = braked(home, first=None)
    RuleState.update(braked_at=NOON).where(RuleState.rule == "hour").execute()
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + 2 * HOUR)
    assert [rule for rule, _, _ in home.sent()] == ["small"]


def test_resuming_lifts_the_brake_too(house: Open) -> None:
    home = braked(house(HOUR_LATER, NOON), first=2)
    five_orders(home)
    home.tick(NOON + 2 * HOUR)
    resume_rule(home.store, "hour", "jolanta", NOON + 2 * HOUR)
    home.tick(NOON + 2 * HOUR + MINUTE)
    assert len(home.sent()) == 5


def held_by_quiet_hours(house: Open) -> House:
    home = house(HOUR_LATER, NOON)
    home.write("quiet_hours: {from: '12:30', to: '15:00'}\n", "policy.yaml")
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + 2 * HOUR)
    assert outcomes(home) == [("hold", "quiet_hours")]
    pause_rule(home.store, "hour", "jolanta", NOON + 2 * HOUR)
    return home


def test_what_a_paused_rule_holds_is_not_let_go_and_goes_once_it_is_resumed(house: Open) -> None:
    home = held_by_quiet_hours(house)
    home.tick(NOON + 5 * HOUR)
    home.order(2, "anna", NOON + 5 * HOUR)  # something of hers is learned, so what waits for her is looked at
    home.tick(NOON + 6 * HOUR)
    assert home.sent() == []
    resume_rule(home.store, "hour", "jolanta", NOON + 6 * HOUR)
    home.tick(NOON + 6 * HOUR + MINUTE)
    assert [rule for rule, _, _ in home.sent()] == ["hour"]


def test_what_a_paused_rule_holds_ends_when_it_has_expired(house: Open) -> None:
    home = held_by_quiet_hours(house)
    home.tick(NOON + 4 * DAY)
    assert outcomes(home)[-1] == ("expire", "expired")
    assert home.sent() == []
