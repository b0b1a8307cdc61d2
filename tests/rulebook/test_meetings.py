"""`check` warns of rules that get in one another's way, and of clock times at which nobody may be mailed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.rulebook.load import load_text
from tests.rulebook.words import SERVER, complaints

CAP = "caps: [{at_most: 1 per 3 days}]\n"
QUIET = 'quiet_hours: {from: "21:00", to: "08:00"}\n'


def warned(rules: list[str], policy: str = "") -> list[str]:
    """Returns what check says of rules that are written in braces, each beginning with its id."""
    text = "".join(f"- {{rule: {rule}, send: win-back}}\n" for rule in rules)
    return [each.partition("warning: ")[2] for each in complaints(text, policy=policy)]


def test_two_mails_to_the_same_people_at_the_same_moment_are_noticed() -> None:
    both = ["refill, when: {bought: any, after: 9 days}", "cross, when: {bought: any, after: 9 days}"]
    assert warned(both) == [
        "refill falls due at the same moment as cross, for the same people; they get both mails at once"
    ]
    assert warned([both[0] + ", priority: 60", both[1] + ", when_capped: drop"], CAP) == [
        "cross falls due at the same moment as refill, for the same people; "
        "refill goes first, and the cap 1 per 3 days has this one dropped"
    ]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a, when: {bought: {category: optics/frames}, after: 9 days}", "b, when: {bought: {category: optics}, after: 9 days}"),
        ("a, when: {every: monday at 10:00}, who: {orders: 1}", "b, when: {every: 'monday, friday at 10:00'}, who: {age: 1}"),
        ("a, when: {every: 'month on 5, 15 at 10:00'}, who: {orders: 1}", "b, when: {every: month on 5 at 10:00}, who: {age: 1}"),
        ("a, when: {date: 2027-01-01 10:00}, who: {orders: 1}", "b, when: {date: 2027-01-01 10:00}, who: {age: 1}"),
        ("a, when: {every: day at 10:00}, who: {age: 1}", "b, when: {every: day at 09:00}, who: {age: 1}, at: '10:00'"),
        ("a, when: {enters: vip}", "b, when: {enters: vip}"),
        ("a, when: {birthday: any, before: 3 days}", "b, when: {birthday: any, before: 3 days}, who: {gender: female}"),
        ("a, when: {ordered: any, after: 9 days}, at: '10:00'", "b, when: {ordered: {number: 1}, after: 9 days}, at: '10:00'"),
        ("a, when: {date: 2027-01-01}, at: '10:00', who: {age: 1}", "b, when: {date: 2027-01-01}, at: '10:00', who: {age: 1}"),
    ],
)  # fmt: skip
def test_moments_that_coincide(one: str, two: str) -> None:
    assert [each for each in warned([one, two]) if "at the same moment" in each]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a, when: {bought: {category: optics}, after: 9 days}", "b, when: {bought: {category: toys}, after: 9 days}"),
        ("a, when: {bought: {category: optics}, after: 9 days}", "b, when: {bought: {brand: A}, after: 9 days}"),
        ("a, when: {bought: {quantity: 1}, after: 9 days}", "b, when: {bought: {quantity: '>= 2'}, after: 9 days}"),
        ("a, when: {bought: any, after: 9 days}", "b, when: {bought: any, after: 10 days}"),
        ("a, when: {ordered: any, after: 9 days}", "b, when: {delivered: any, after: 9 days}"),
        ("a, when: {birthday: any, before: 9 days}", "b, when: {birthday: any, after: 9 days}"),
        ("a, when: {birthday: any}, who: {gender: female}", "b, when: {birthday: any}, who: {not: {gender: female}}"),
        ("a, when: {birthday: any}, who: {country: PL}", "b, when: {birthday: any}, who: {country: [UA, DE]}"),
        ("a, when: {birthday: any}, shops: optics", "b, when: {birthday: any}, shops: books"),
        ("a, when: {birthday: any}, active: false", "b, when: {birthday: any}"),
        ("a, when: {birthday: any}, purpose: transactional", "b, when: {birthday: any}"),
        ("a, when: {birthday: any}, at: '10:00'", "b, when: {birthday: any}, at: '11:00'"),
        ("a, when: {every: monday at 10:00}, who: {age: 1}", "b, when: {every: friday at 10:00}, who: {age: 1}"),
        ("a, when: {every: day at 10:00}, who: {age: 1}", "b, when: {every: day at 11:00}, who: {age: 1}"),
        ("a, when: {date: 2027-01-01 10:00}, who: {age: 1}", "b, when: {date: 2027-01-02 10:00}, who: {age: 1}"),
        ("a, when: {enters: vip}", "b, when: {leaves: vip}"),
        ("a, when: {ordered: any, after: 9 days}, unless: {ordered: any}",
         "b, when: {ordered: any, after: 9 days}, who: {ordered: {within: 3 days}}"),
    ],
)  # fmt: skip
def test_moments_that_do_not(one: str, two: str) -> None:
    assert not [each for each in warned([one, two]) if "moment" in each]


def test_a_lower_priority_that_goes_earlier_on_the_day_takes_the_place() -> None:
    late = "refill, when: {bought: any, after: 9 days}, at: '11:00', priority: 60"
    early = "cross, when: {bought: any, after: 9 days}, at: '10:00', priority: 40"
    assert warned([late, early], CAP) == [
        "refill has the higher priority, but goes at 11:00; cross goes at 10:00 to the same people and takes the only "
        "place of the cap 1 per 3 days; give both one clock time"
    ]
    assert not warned([late, early])
    assert not warned([late, early], "caps: [{at_most: 2 per 3 days}]\n")
    assert not warned([late.replace("11:00", "09:00"), early], CAP)
    assert not warned([late.replace("9 days", "8 days"), early], CAP)


EVERY_DAY = "news, when: {every: day at 10:00}, priority: 60, who: {consent: marketing}"
SELDOM = "refill, when: {bought: any, after: 9 days}, who: {consent: marketing}"


def test_a_rule_that_comes_round_often_starves_those_below_it() -> None:
    assert warned([EVERY_DAY, SELDOM], CAP) == [
        "refill is starved: news goes before it, to the same people and so often that it takes every place of the cap "
        "1 per 3 days"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("priority: 60", "priority: 40"),
        ("day at", "monday at"),
        ("consent: marketing}", "consent: marketing, gender: female}"),
        ("priority: 60", "priority: 60, purpose: newsletter"),
        ("priority: 60", "priority: 60, once: per 30 days"),
        ("priority: 60", "priority: 60, holdout: 10"),
        ("priority: 60", "priority: 60, shops: books"),
        ("priority: 60", "priority: 60, active: false"),
        ("priority: 60", "priority: 60, when_capped: drop"),
    ],
)
def test_a_rule_that_leaves_room_starves_nobody(before: str, after: str) -> None:
    assert not [each for each in warned([EVERY_DAY.replace(before, after), SELDOM], CAP) if "starved" in each]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("when: {bought: any, after: 9 days}, at: '22:00'", "is due at 22:00, in quiet hours; its mails wait until 08:00"),
        ("when: {every: day at 07:59}, who: {age: 1}", "is due at 07:59, in quiet hours; its mails wait until 08:00"),
        ("when: {date: 2027-01-01}, who: {age: 1}", "is due at 00:00, in quiet hours; its mails wait until 08:00"),
        ("when: {birthday: any}, expires: 7 hours",
         "never mails anybody: it is due at 00:00, in quiet hours, and expires before they end"),
        ("when: {bought: any, after: 9 days}, at: '21:00', expires: 659 minutes",
         "never mails anybody: it is due at 21:00, in quiet hours, and expires before they end"),
    ],
)  # fmt: skip
def test_a_clock_time_in_quiet_hours_is_noticed(lines: str, said: str) -> None:
    assert warned([f"a, {lines}"], QUIET) == [f"a {said}"]
    assert not warned([f"a, {lines}"])


@pytest.mark.parametrize(
    "lines",
    [
        "when: {bought: any, after: 9 days}, at: '08:00'",
        "when: {bought: any, after: 9 days}, at: '20:59'",
        "when: {bought: any, after: 9 days}, at: '22:00', purpose: transactional",
        "when: {birthday: any}",
        "when: {birthday: any}, expires: 8 hours",
        "when: {ordered: any}, expires: 1 hour",
    ],
)
def test_other_clock_times_are_left_alone(lines: str) -> None:
    assert not warned([f"a, {lines}"], QUIET)


def test_a_rule_that_comes_round_on_a_closed_weekday_is_noticed() -> None:
    sunday = ["a, when: {every: 'friday, sunday at 10:00'}, who: {age: 1}"]
    assert warned(sunday, "closed: {weekdays: [sunday]}\n") == [
        "a comes round on sunday, which the policy closes; its mails wait for another day"
    ]
    assert not warned(sunday, "closed: {weekdays: [saturday]}\n")
    assert not warned([sunday[0] + ", purpose: transactional"], "closed: {weekdays: [sunday]}\n")


HOUSE = "house_rules:\n- {name: first things first, if: {due: refill}, refuse: {rules: [back]}}\n"


def test_a_house_rule_needs_the_two_rules_at_one_clock_time() -> None:
    refill = "refill, when: {bought: any, after: 9 days}, at: '10:00'"
    back = "back, when: {inactive: 90 days}, at: '11:00'"
    assert warned([refill, back], HOUSE) == [
        "the house rule 'first things first' asks whether refill is due, which goes at 10:00, while what it stops goes "
        "at 11:00; they hardly ever meet"
    ]
    assert not warned([refill, back.replace("11:00", "10:00")], HOUSE)
    assert not warned([refill.replace(", at: '10:00'", ""), back], HOUSE)


def test_a_newsletter_that_is_written_issue_by_issue_gets_in_nobodys_way() -> None:
    lines = "".join(f"- {{rule: {rule}, send: win-back}}\n" for rule in (EVERY_DAY, SELDOM))
    files = {"rules/rules.yaml": lines, "rules/policy.yaml": CAP}
    assert len(load_text(files, SERVER).problems) == 1
    assert load_text(files, replace(SERVER, issues=frozenset({"win-back"}))).problems == ()
