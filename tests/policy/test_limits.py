"""Traps 5, 6, 7 and 17: what a ruleset can hold, told by `check` and refused before the C module sees it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Place, PolicyFault
from engine.policy import limits, ruleset
from engine.policy.compiled import compile_policy
from engine.policy.decide import decide
from engine.policy.house import rules_asked_due
from engine.policy.limits import policy_limits, too_large, unknown_references
from engine.rulebook.ast import All, Any_, Compare, Condition, DueIs, HouseRule, Measure, Policy
from tests.policy.cases import COMPLAINT, NEEDS_DURABLE_RULES, NOON, anna, mail, only, stops

PLACE = Place("rules/policy.yaml", 12, 3)


def rule(number: int) -> dict[str, Any]:
    """A rule of a ruleset that asks one thing."""
    return {"all": [{"c": {"$and": [{"candidate": 1}, {f"p{number}": 1}]}}]}


def many(alternatives: int) -> HouseRule:
    """A house rule whose `if` has so many alternatives."""
    parts: tuple[Condition, ...] = tuple(
        All((DueIs(f"rule-{number}"), Measure("orders", Compare("=", number))))
        for number in range(alternatives)
    )
    return HouseRule("many", Any_(parts), "hold", ("marketing",), (), PLACE)


def test_an_ordinary_policy_is_within_the_limits() -> None:
    assert policy_limits(Policy()) == []
    assert (
        policy_limits(Policy(house_rules=(stops("hold", COMPLAINT, purposes=["marketing"]), many(10)))) == []
    )


def test_5_more_than_60_rules_are_an_error_at_the_policys_place() -> None:
    assert too_large({f"r{n}": rule(1) for n in range(60)}) == []
    (problem,) = policy_limits(Policy(house_rules=(many(59),)))
    assert (problem.level, problem.place) == ("error", PLACE)
    assert "the rule engine can hold 60" in problem.message


def test_6_more_than_500_conditions_are_refused_because_513_hang() -> None:
    wide = {"all": [{"c": {"$or": [{"p": number} for number in range(501)]}}]}
    assert any("501 conditions" in words for words in too_large({"wide": wide}))


def test_7_antecedents_joins_and_properties_have_their_limits() -> None:
    long = {"all": [{f"a{n}": {"p": 1}} for n in range(17)]}
    assert any("17 parts" in words for words in too_large({"long": long}))
    joined = {f"r{n}": {"all": [{f"a{i}": {"p": 1}} for i in range(6)]} for n in range(51)}
    assert any("255 joins" in words for words in too_large(joined))
    assert any("253 different values" in words for words in too_large({f"r{n}": rule(n) for n in range(252)}))


def test_17_a_reference_to_a_message_that_no_part_names_is_found() -> None:
    right = {"all": [{"a": {"x": 1}}, {"b": {"$gt": {"y": {"a": "x"}}}}]}
    wrong = {"all": [{"a": {"x": 1}}, {"b": {"$gt": {"y": {"limt": "x"}}}}]}
    assert unknown_references({"right": right}) == []
    assert unknown_references({"wrong": wrong}) == ["wrong: y refers to 'limt'"]


def test_an_if_that_multiplies_out_without_end_is_an_error_too() -> None:
    either: tuple[Condition, ...] = tuple(Any_((DueIs(f"a{i}"), DueIs(f"b{i}"))) for i in range(40))
    (problem,) = policy_limits(
        Policy(house_rules=(HouseRule("wide", All(either), "hold", ("marketing",), (), PLACE),))
    )
    assert (problem.place, "alternatives" in problem.message) == (PLACE, True)


def test_a_house_rule_that_stops_what_it_asks_about_is_warned_of() -> None:
    itself = HouseRule("itself", DueIs("refill"), "hold", (), ("refill",), PLACE)
    (problem,) = policy_limits(Policy(house_rules=(itself,)))
    assert (problem.level, problem.place) == ("warning", PLACE)


def test_the_tick_is_told_whose_held_candidates_house_rules_must_see() -> None:
    rules = (
        stops("hold", COMPLAINT, purposes=["marketing"]),
        stops("hold", All((DueIs("a"), DueIs("b"))), rules=["c"]),
    )
    assert rules_asked_due(Policy(house_rules=rules)) == {"a", "b"}
    assert rules_asked_due(Policy()) == frozenset()


@NEEDS_DURABLE_RULES
def test_a_policy_beyond_the_limits_is_never_given_to_the_c_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruleset.Ruleset, "__init__", lambda *_: pytest.fail("it was given to the C module"))
    with pytest.raises(PolicyFault, match="60"):
        compile_policy(Policy(house_rules=(many(59),)), engine="durable-rules")


@NEEDS_DURABLE_RULES
def test_6_a_ruleset_that_hangs_hangs_in_a_process_of_its_own() -> None:
    hangs = {f"r{n}": {"all": [{"c": {"p": n}}]} for n in range(520)}
    assert not ruleset.compiles_in_time(hangs, timeout_s=2)
    assert ruleset.compiles_in_time({"one": rule(1)})


def test_a_policy_near_a_limit_is_tried_apart_first_and_a_small_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(
        limits.ruleset, "compiles_in_time", lambda definition: not tried.append(len(definition))
    )
    limits.refuse_too_large({f"r{n}": rule(n) for n in range(10)})
    limits.refuse_too_large({f"r{n}": rule(n) for n in range(58)})
    assert tried == [58]


@NEEDS_DURABLE_RULES
def test_a_policy_just_within_the_limits_decides() -> None:
    policy = Policy(house_rules=(many(40),))
    answers = {(0, leaf): leaf == 39 for leaf in range(40)}
    due = mail("rule-39", purpose="recipes")
    annas = anna(mail(), due, leaves=answers, consents=frozenset({"marketing", "recipes"}))
    compiled = compile_policy(policy, engine="durable-rules")
    assert {d.candidate.rule: d.outcome for d in decide([annas], compiled, NOON)} == {
        "refill": "hold",
        "rule-39": "send",
    }
    assert only("plain", policy, anna(mail(), leaves=answers)).outcome == "send"
