"""Any sound rule is read, whichever way YAML lets it be written, and read the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rulebook.ast import Duration, FactTrigger
from engine.rulebook.vocabulary import FACTS
from tests.rulebook.valid_rules import RULES, written
from tests.rulebook.words import load

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def block(value: Any, depth: int) -> str:
    """Writes a value as an indented block, as people do, with texts in single quotes."""
    pad = "\n" + "  " * depth
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{key}: {block(each, depth + 1)}" for key, each in value.items())
    if isinstance(value, list) and value:
        return "".join(
            f"{pad}-{block(each, depth + 1)}" if isinstance(each, dict) else f"{pad}- {block(each, 0)}"
            for each in value
        )
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


@given(RULES)
@FEW
def test_a_sound_rule_is_read(rule: dict[str, Any]) -> None:
    found = load(written(rule))
    assert found.errors == []
    assert sorted(found.rules) == ["a"]


@given(RULES)
@FEW
def test_a_rule_in_lines_is_the_same_as_in_braces(rule: dict[str, Any]) -> None:
    rows = "".join(f"  {key}: {block(value, 2)}\n" for key, value in rule.items() if key != "rule")
    found = load(f"- rule: a\n{rows}")
    assert found.errors == []
    assert found.rules["a"].digest == load(written(rule)).rules["a"].digest


@given(RULES, st.randoms(use_true_random=False))
@FEW
def test_the_order_of_keys_means_nothing(rule: dict[str, Any], random: Any) -> None:
    keys = list(rule)
    random.shuffle(keys)
    one, other = load(written(rule)).rules["a"], load(written({key: rule[key] for key in keys})).rules["a"]
    assert one.digest == other.digest
    assert replace(one, trigger=other.trigger, unless=other.unless, who=other.who, goal=other.goal) == other


@given(RULES)
@FEW
def test_what_was_written_stands_in_the_rule(rule: dict[str, Any]) -> None:
    found = load(written(rule)).rules["a"]
    assert (found.priority, found.send, found.active) == (
        rule.get("priority", 50),
        rule["send"],
        rule.get("active", True),
    )
    amount, unit = rule.get("expires", "7 days").split()
    assert found.expires == Duration(int(amount), f"{unit.removesuffix('s')}s")  # type: ignore[arg-type]
    kind = next((key for key in rule["when"] if key in FACTS), None)
    if kind is not None:
        assert isinstance(found.trigger, FactTrigger)
        assert found.trigger.pattern.kind == kind
        asked = rule["when"][kind]
        assert [name for name, _ in found.trigger.pattern.filters] == (
            [] if asked == "any" else sorted(asked)
        )
