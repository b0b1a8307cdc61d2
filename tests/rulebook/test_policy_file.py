"""policy.yaml as it is read."""

from __future__ import annotations

from engine.rulebook.ast import DueIs, HouseRule, InSegment, Measure
from tests.rulebook.words import load

RULES = """
- {rule: lens-refill, when: {ordered: any}, send: lens-refill, expires: 90 days}
- {rule: win-back-180, when: {inactive: 180 days}, send: win-back, expires: 90 days}
- {rule: win-back-270, when: {inactive: 270 days}, send: win-back, expires: 90 days}
"""
POLICY = """
caps:
  - at_most: 1 per 3 days
  - at_most: 6 per 1 month
  - {at_most: 3 per 12 hours, purpose: newsletter}
quiet_hours: {from: "21:00", to: "08:00"}
closed: {weekdays: [sunday, monday], holidays: true}
groups:
  - {group: come-back, rules: [win-back-180, win-back-270], at_most: 1 per 60 days}
house_rules:
  - {name: peace while a complaint is open, if: {open_complaints: ">= 1"}, hold: [marketing, newsletter]}
  - {name: a refill beats a win-back, if: {due: lens-refill}, refuse: {rules: [win-back-180]}}
  - {name: vip only, if: {not: {segment: vip}}, hold: {rules: lens-refill, purposes: contests}}
control_group: 5 per cent
"""


def test_every_part_of_a_policy_is_taken() -> None:
    found = load(RULES, policy=POLICY)
    assert found.problems == ()
    policy = found.policy
    assert [(cap.at_most, cap.window_minutes, cap.purpose) for cap in policy.caps] == [
        (1, 3 * 1440, None),
        (6, 30 * 1440, None),
        (3, 720, "newsletter"),
    ]
    assert (policy.quiet_hours, policy.closed_weekdays, policy.closed_holidays) == ((1260, 480), (0, 6), True)
    group = policy.groups[0]
    assert (group.name, group.rules, group.at_most, group.window_minutes) == (
        "come-back", ("win-back-180", "win-back-270"), 1, 60 * 1440,
    )  # fmt: skip
    assert policy.control_group == 5


def test_a_house_rule_holds_or_refuses_purposes_or_rules() -> None:
    peace, refill, vip = load(RULES, policy=POLICY).policy.house_rules
    assert isinstance(peace, HouseRule)
    assert (peace.action, peace.purposes, peace.rules) == ("hold", ("marketing", "newsletter"), ())
    assert isinstance(peace.condition, Measure)
    assert (refill.action, refill.purposes, refill.rules) == ("refuse", (), ("win-back-180",))
    assert isinstance(refill.condition, DueIs)
    assert (vip.action, vip.purposes, vip.rules) == ("hold", ("contests",), ("lens-refill",))
    assert isinstance(vip.condition.part, InSegment)  # type: ignore[union-attr]


def test_a_cap_as_long_as_a_mail_is_worth_sending_is_warned_of() -> None:
    rules = "- {rule: a, when: {ordered: any}, send: win-back, expires: %s}\n"
    said = load(rules % "3 days", policy="caps: [{at_most: 1 per 3 days}]\n").problems
    assert [(each.level, each.rule) for each in said] == [("warning", "a")]
    assert "a cap of 1 per 3 days is as long or longer" in said[0].message
    assert load(rules % "73 hours", policy="caps: [{at_most: 1 per 3 days}]\n").problems == ()
    assert (
        load(rules % "3 days, when_capped: drop", policy="caps: [{at_most: 1 per 3 days}]\n").problems == ()
    )
    assert (
        load(rules % "3 days", policy="caps: [{at_most: 1 per 3 days, purpose: newsletter}]\n").problems == ()
    )
    assert (
        load(rules % "3 days, purpose: transactional", policy="caps: [{at_most: 1 per 3 days}]\n").problems
        == ()
    )


def test_a_group_as_long_as_a_mail_is_worth_sending_is_warned_of() -> None:
    rules = "- {rule: a, when: {ordered: any}, send: win-back}\n- {rule: b, when: {delivered: any}, send: win-back}\n"
    said = load(rules, policy="groups: [{group: g, rules: [a], at_most: 1 per 60 days}]\n").problems
    assert [(each.level, each.rule) for each in said] == [("warning", "a")]
