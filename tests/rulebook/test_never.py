"""`check` warns of rules that can never match, and of no other: each warning has neighbours that are left alone."""

from __future__ import annotations

import operator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rulebook.advice.possible import Search
from engine.rulebook.ast import All, Any_, Between, Condition, FieldIs, Measure, Not, Unknown
from engine.rulebook.comparisons import value_test
from engine.rulebook.nodes import Scalar
from engine.rulebook.scope import Scope
from tests.rulebook.words import NOWHERE, SERVER, complaints

SEGMENTS = "vip: {orders: '>= 5'}\npoles: {country: PL}\n"


def never(lines: str, segments: str = SEGMENTS) -> bool:
    """Says whether check says that a rule can never match; whatever else it says."""
    text = f"- {{rule: a, send: win-back, {lines}}}\n"
    found = complaints(text, segments)
    assert not [each for each in found if "warning" not in each], found
    return any("can never match" in each for each in found)


ORDER = "when: {ordered: any}"
LATER = "when: {ordered: any, after: 30 days}"


@pytest.mark.parametrize(
    "lines",
    [
        # fields and counts that contradict one another
        f"{LATER}, who: {{all: [{{age: '> 30'}}, {{age: '< 20'}}]}}",
        f"{LATER}, who: {{all: [{{age: '> 30'}}, {{age: '< 31'}}]}}",
        f"{LATER}, who: {{age: '< 0'}}",
        f"{LATER}, who: {{country: PL, not: {{country: [PL, UA]}}}}",
        f"{LATER}, who: {{all: [{{country: PL}}, {{country: UA}}]}}",
        f"{LATER}, who: {{all: [{{city: unknown}}, {{city: Kraków}}]}}",
        f"{LATER}, who: {{all: [{{spent: '> 500 EUR'}}, {{spent: '<= 500 EUR'}}]}}",
        f"{LATER}, who: {{all: [{{signed_up: '> 2026-02-01'}}, {{signed_up: '<= 2026-02-01'}}]}}",
        f"{LATER}, who: {{all: [{{tags: club}}, {{not: {{tags: club}}}}]}}",
        f"{LATER}, who: {{all: [{{attributes.size: 38}}, {{attributes.size: '> 40'}}]}}",
        f"{LATER}, who: {{segment: poles, country: UA}}",
        f"{LATER}, who: {{segment: vip, not: {{segment: vip}}}}",
        f"{LATER}, who: {{all: [{{any: [{{age: 3}}, {{age: 4}}]}}, {{age: '> 4'}}]}}",
        f"{LATER}, who: {{not: {{any: [{{age: '< 30'}}, {{age: '>= 30'}}]}}}}",
        # facts in windows
        f"{LATER}, who: {{all: [{{viewed: any}}, {{viewed: {{times: 0}}}}]}}",
        f"{LATER}, who: {{all: [{{viewed: {{brand: A, within: 3 days}}}}, {{viewed: {{times: 0, within: 9 days}}}}]}}",
        f"{LATER}, who: {{all: [{{bought: {{category: optics/frames}}}}, {{not: {{bought: {{category: optics}}}}}}]}}",
        f"{LATER}, who: {{all: [{{orders: {{at_least: 3, within: 30 days}}}}, {{orders: '<= 2'}}]}}",
        f"{LATER}, who: {{bought: {{brand: Acuvue, quantity: 0}}}}",
        "when: {birthday: any}, who: {all: [{bought: any}, {orders: 0}]}",
        "when: {birthday: any}, who: {days_since_order: '>= 60', ordered: {within: 30 days}}",
        "when: {birthday: any}, who: {all: [{days_since_order: '< 60'}, {not: {ordered: {within: 90 days}}}]}",
        "when: {birthday: any}, who: {average_order: '> 5', orders: 0}",
        # the anchor itself
        "when: {ordered: {number: 0}}",
        "when: {bought: {quantity: '< 1'}}",
        f"{ORDER}, who: {{orders: '< 1'}}",
        "when: {bought: any, after: 3 days}, who: {orders: 0}",
        "when: {ordered: {number: 1}}, who: {orders: '>= 2'}",
        "when: {anniversary: any}, who: {not: {ordered: any}}",
        "when: {inactive: 180 days}, who: {ordered: {within: 90 days}}",
        "when: {inactive: 180 days}, who: {days_since_order: '< 100'}",
        "when: {inactive: 180 days}, who: {days_since_order: '> 400'}",
        "when: {bought: any, after: 60 days}, unless: {bought: any}, who: {bought: {brand: A, within: 20 days}}",
        "when: {enters: vip}, who: {not: {segment: vip}}",
        "when: {enters: vip}, who: {orders: '< 3'}",
        f"{LATER}, who: {{not: {{consent: marketing}}}}",
    ],
)
def test_a_rule_that_can_never_match_is_said_to(lines: str) -> None:
    assert never(lines)


@pytest.mark.parametrize(
    "lines",
    [
        f"{LATER}, who: {{all: [{{age: '>= 30'}}, {{age: '<= 30'}}]}}",
        f"{LATER}, who: {{age: '< 1'}}",
        f"{LATER}, who: {{country: PL, not: {{country: UA}}}}",
        f"{LATER}, who: {{not: {{all: [{{country: PL}}, {{country: UA}}]}}}}",
        f"{LATER}, who: {{all: [{{city: unknown}}, {{country: PL}}]}}",
        f"{LATER}, who: {{all: [{{spent: '> 500 EUR'}}, {{spent: '<= 500 PLN'}}]}}",
        f"{LATER}, who: {{all: [{{spent: {{at_least: 500, within: 30 days}}}}, {{spent: '<= 400'}}]}}",
        f"{LATER}, who: {{all: [{{signed_up: '>= 2026-02-01'}}, {{signed_up: '<= 2026-02-01'}}]}}",
        f"{LATER}, who: {{all: [{{tags: club}}, {{tags: b2c}}, {{not: {{tags: old}}}}]}}",
        f"{LATER}, who: {{all: [{{tags: [a, b]}}, {{not: {{tags: a}}}}]}}",
        f"{LATER}, who: {{all: [{{attributes.size: 38}}, {{attributes.colour: red}}]}}",
        f"{LATER}, who: {{any: [{{segment: poles, country: UA}}, {{country: UA}}]}}",
        f"{LATER}, who: {{all: [{{viewed: {{within: 9 days}}}}, {{viewed: {{times: 0, within: 3 days}}}}]}}",
        f"{LATER}, who: {{all: [{{bought: {{category: optics}}}}, {{not: {{bought: {{category: optics/frames}}}}}}]}}",
        f"{LATER}, who: {{all: [{{bought: {{category: opticsworld}}}}, {{not: {{bought: {{category: optics}}}}}}]}}",
        f"{LATER}, who: {{all: [{{bought: {{times: '>= 5'}}}}, {{orders: '<= 2'}}]}}",
        f"{LATER}, who: {{all: [{{bought: {{price: '> 5 EUR'}}}}, {{not: {{bought: {{price: '> 5 PLN'}}}}}}]}}",
        "when: {birthday: any}, who: {days_since_order: '>= 29', ordered: {within: 30 days}}",
        "when: {birthday: any}, who: {days_since_order: '>= 60', ordered: {within: 2 months}}",
        "when: {birthday: any}, who: {days_since_order: '> 60', viewed: {within: 30 days}}",
        "when: {ordered: {number: 1}, after: 30 days}, who: {orders: '>= 2'}",
        "when: {ordered: {number: 1}}, at: '10:00', who: {orders: '>= 2'}",
        "when: {ordered: {number: '>= 2'}}, who: {orders: '>= 3'}",
        "when: {cancelled: any}, who: {orders: 0}",
        "when: {refunded: any, after: 1 day}, who: {orders: 0}",
        "when: {inactive: 180 days}, who: {ordered: {within: 180 days}}",
        "when: {inactive: 180 days}, who: {ordered: {within: 6 months}}",
        "when: {inactive: 180 days}, who: {days_since_order: '<= 180'}",
        "when: {inactive: 6 months}, who: {days_since_order: '>= 184'}",
        "when: {inactive: 6 months}, who: {days_since_order: '<= 181'}",
        "when: {ordered: any, after: 9 days}, unless: {bought: {brand: A}}, who: {bought: {within: 3 days}}",
        "when: {bought: any, after: 9 days}, unless: {bought: {same: product}}, who: {bought: {within: 3 days}}",
        "when: {leaves: vip}, who: {segment: vip}",
        "when: {enters: vip}, at: '10:00', who: {orders: '< 3'}",
        f"{LATER}, purpose: newsletter, who: {{not: {{consent: marketing}}}}",
        f"{LATER}, purpose: transactional, who: {{not: {{consent: marketing}}}}",
        "when: {reviewed: {rating: '<= 0'}}",
    ],
)
def test_a_rule_that_can_match_is_left_alone(lines: str) -> None:
    assert not never(lines)


def test_segments_and_house_rules_that_are_never_true_are_said_to_be() -> None:
    found = complaints(
        "", "nobody: {all: [{age: 3}, {age: 4}]}\nsome: {age: 3}\n",
        "house_rules:\n- {name: x, if: {segment: nobody}, hold: [marketing]}\n- {name: y, if: {age: 3}, hold: [marketing]}\n",
    )  # fmt: skip
    assert [each.split("warning: ")[1] for each in found] == [
        "the house rule 'x' never acts: what its if asks cannot all be true of one customer",
        "nobody can be in nobody: what it asks cannot all be true of one customer",
    ]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("- {rule: a, when: {was_sent: {rule: a}, after: 3 days}, send: win-back}", ["a"]),
        (
            "- {rule: a, when: {was_sent: {rule: b}}, send: win-back}\n"
            "- {rule: b, when: {clicked: {rule: a}}, send: win-back}",
            ["a", "b"],
        ),
        (
            "- {rule: a, when: {was_sent: {rule: b}}, send: win-back}\n"
            "- {rule: b, active: false, when: {inactive: 9 days}, send: win-back}",
            ["a"],
        ),
        (
            "- {rule: a, when: {was_sent: {rule: b}}, send: win-back}\n"
            "- {rule: b, when: {bought: {quantity: 0}}, send: win-back}",
            ["a"],
        ),
        ("- {rule: a, when: {was_sent: any, after: 3 days}, send: win-back}", []),
        (
            "- {rule: a, when: {was_sent: {rule: [a, b]}, after: 9 days}, send: win-back}\n"
            "- {rule: b, when: {inactive: 9 days}, send: win-back}",
            [],
        ),
    ],
)
def test_a_series_needs_a_beginning(rules: str, said: list[str]) -> None:
    found = [each for each in complaints(rules + "\n") if "waits for a mail" in each]
    assert [each.split("warning: ")[1][0] for each in found] == said


@pytest.mark.parametrize(
    ("lines", "key"),
    [("unless: {bought: {quantity: 0}}", "unless"), ("goal: {ordered: {number: '< 1'}}", "goal")],
)
def test_a_filter_that_nothing_passes_is_named(lines: str, key: str) -> None:
    found = complaints(f"- {{rule: a, send: win-back, {LATER}, {lines}}}\n")
    assert f"the {key} of a is never met" in found[0]
    assert not complaints(
        f"- {{rule: a, send: win-back, {LATER}, {lines.replace('0', '1').replace('< 1', '1')}}}\n"
    )


# --- against a plain evaluator: what is called impossible is true of nobody ------------------------------------

OPERATORS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
AGES = st.sampled_from(["3", "< 3", "<= 3", "> 2", ">= 4", "!= 3", "2..4", "unknown"])
NUMBERS = st.sampled_from(["1", "< 1", "<= 1", "> 1", ">= 2", "!= 1", "0..1"])


def leaf(name: str, text: str) -> Condition:
    test = value_test(Scalar(text, text, NOWHERE), "count", name, Scope(SERVER), unknown=True)
    return Measure("orders", test) if name == "orders" else FieldIs(name, test)


LEAVES = st.one_of(AGES.map(lambda text: leaf("age", text)), NUMBERS.map(lambda text: leaf("orders", text)))
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any_(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)


def truth(condition: Condition, age: int | None, orders: int) -> bool | None:
    """Evaluates a condition of one customer in three-valued logic, plainly."""
    if isinstance(condition, Not):
        found = truth(condition.part, age, orders)
        return None if found is None else not found
    if isinstance(condition, All | Any_):
        parts = [truth(part, age, orders) for part in condition.parts]
        decisive = isinstance(condition, Any_)
        return decisive if decisive in parts else None if None in parts else not decisive
    return _leaf_truth(condition, age, orders)


def _leaf_truth(condition: Condition, age: int | None, orders: int) -> bool | None:
    value = orders if isinstance(condition, Measure) else age
    test = condition.test  # type: ignore[union-attr]
    if isinstance(test, Unknown):
        return value is None
    if value is None:
        return None
    if isinstance(test, Between):
        return bool(test.low <= value <= test.high)  # type: ignore[operator]
    return bool(OPERATORS[test.operator](value, test.value))


@given(CONDITIONS)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_called_impossible_is_true_of_nobody_and_the_other_way_round(condition: Condition) -> None:
    customers = [(age, orders) for age in (None, 0, 1, 2, 3, 4, 5, 6) for orders in (0, 1, 2, 3)]
    somebody = any(truth(condition, age, orders) is True for age, orders in customers)
    assert Search({}).possible([(condition, True)], {}) == somebody
