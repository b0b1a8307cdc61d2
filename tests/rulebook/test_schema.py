"""The JSON Schema that editors complete with: it takes what the loader takes, and knows the words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings

from engine.rulebook.nodes import plain
from engine.rulebook.reader import read
from engine.rulebook.schema import policy_schema, rules_schema, segments_schema
from engine.rulebook.vocabulary import Vocabulary
from tests.rulebook.valid_rules import RULES, written
from tests.rulebook.words import SERVER

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path for path in (ROOT / "rules").glob("*.yaml"))
KINDS = {"segments": segments_schema, "policy": policy_schema}


def schema_of(file: Path, vocabulary: Vocabulary) -> dict[str, Any]:
    return KINDS.get(file.stem, rules_schema)(vocabulary)


def takes(schema: dict[str, Any], text: str) -> list[str]:
    root = read(text, "a.yaml").root
    assert root is not None
    return [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(plain(root))]


@pytest.mark.parametrize("kind", ["rules", "segments", "policy"])
def test_the_schema_is_a_schema_of_2020_12(kind: str) -> None:
    schema = KINDS.get(kind, rules_schema)(SERVER)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_file_fits_the_schema(file: Path) -> None:
    assert takes(schema_of(file, Vocabulary()), file.read_text("utf-8")) == []


@given(RULES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_sound_rule_fits_the_schema(rule: dict[str, Any]) -> None:
    assert takes(rules_schema(SERVER), written(rule)) == []


@pytest.mark.parametrize(
    "line",
    [
        "wher: {orders: 3}",
        "when: {bougt: any}",
        "who: {gendre: female}",
        "who: {all: []}",
        "who: {due: a}",
        "priority: 101",
        "at: 25:00",
        "expires: 7",
        "expires: 7 dyas",
        "purpose: marketting",
        "send: win-bak",
        "when_capped: wait",
        "unless: {bought: {sme: product}}",
        "with: {cupon: {percent: 10}}",
        "once: per 3 orders",
        "active: yes",
    ],
)
def test_a_misspelt_rule_does_not_fit(line: str) -> None:
    lines = {"rule": "a", "when": "{ordered: any}", "send": "win-back"}
    key, _, value = line.partition(": ")
    text = "".join(f"{name}: {each}\n" for name, each in {**lines, key: value}.items())
    assert takes(rules_schema(SERVER), text)


@pytest.mark.parametrize(
    "text", ["caps: [{at_most: 0 per 3 days}]", "house_rules: [{name: a, if: {orders: 3}}]", "cap: []"]
)
def test_a_misspelt_policy_does_not_fit(text: str) -> None:
    assert takes(policy_schema(SERVER), text)
