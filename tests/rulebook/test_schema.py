"""The JSON Schema that editors complete with: it takes what the loader takes, and knows the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings

from engine.reports.schemas import SCHEMAS
from engine.rulebook.nodes import plain
from engine.rulebook.reader import read
from engine.rulebook.vocabulary import Vocabulary
from tests.rulebook.valid_rules import RULES, written
from tests.rulebook.words import SERVER

ROOT = Path(__file__).parents[2]
ANY = Vocabulary(purposes=("marketing", "newsletter", "surveys", "contests", "transactional"))
BLOCK = re.compile(r"^```yaml\n# (rules/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BAD = sorted((ROOT / "tests" / "bad_rules").glob("*.yaml"))
# What no schema can see: what stands elsewhere, the calendar, and what is legal but surely wrong.
BEYOND = {
    "unknown rule", "unknown segment", "is already written", "round in a circle", "has no variant", "cannot be asked here",
    "date takes a moment, and", "4 decimals",
    "runs backwards", "at_least is more", "names a day twice", "begin and end at one time",
    "is longer than 100 years", "warning: ",
}  # fmt: skip


def kind_of(name: str) -> str:
    """Returns which schema a file of the rules' folder is checked with."""
    if "tests/" in name:
        return "tests"
    stem = Path(name).stem
    return stem if stem in ("segments", "policy") else "rules"


@cache
def validator(kind: str, of_the_server: bool) -> Any:
    return jsonschema_rs.validator_for(SCHEMAS[kind](SERVER if of_the_server else ANY))


def takes(kind: str, text: str, of_the_server: bool = True) -> list[str]:
    """Returns what a schema has against a text."""
    root = read(text, "a.yaml").root
    return (
        [error.message for error in validator(kind, of_the_server).iter_errors(plain(root))] if root else []
    )


def sound_files() -> Iterator[tuple[str, str]]:
    """Yields what ships, what tests/language plays, and what the docs show, by name."""
    for folder in (ROOT / "rules", *(path.parent for path in ROOT.glob("tests/language/*/rules.yaml"))):
        for path in sorted(folder.rglob("*.yaml")):
            yield str(path.relative_to(ROOT)).replace("tests/language/", ""), path.read_text("utf-8")
    for page in sorted((ROOT / "docs").glob("*.md")):
        for name, text in BLOCK.findall(page.read_text("utf-8")):
            yield f"{page.name}: {name}", text


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_the_schema_is_a_schema_of_2020_12(kind: str) -> None:
    schema = SCHEMAS[kind](SERVER)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def test_every_file_that_ships_and_every_example_fits_the_schema() -> None:
    files = list(sound_files())
    assert {kind_of(name) for name, _ in files} == set(SCHEMAS)
    assert [(name, said) for name, text in files if (said := takes(kind_of(name), text, False))] == []


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_mistake_of_structure_does_not_fit(file: Path) -> None:
    text = file.read_text("utf-8")
    said = text.splitlines()[0]
    document = read(text, file.name)
    if document.root is None or document.faults:
        return  # YAML itself is broken: an editor says so before any schema is asked
    kind = file.stem.split("-")[0]
    refused = bool(takes(kind if kind in SCHEMAS else "rules", text))
    assert refused != any(words in said for words in BEYOND), said


@given(RULES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_sound_rule_fits_the_schema(rule: dict[str, Any]) -> None:
    assert takes("rules", written(rule)) == []


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
    assert takes("rules", text)


@pytest.mark.parametrize(
    "text", ["caps: [{at_most: 0 per 3 days}]", "house_rules: [{name: a, if: {orders: 3}}]", "cap: []"]
)
def test_a_misspelt_policy_does_not_fit(text: str) -> None:
    assert takes("policy", text)


GIVEN = "tests: [{test: a, given: [{ordered: {customer: anna, at: 2026-01-01 15:00}}], expect: []}]"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("test: a, ", ""),
        ("ordered", "orderd"),
        ("customer: anna, ", ""),
        ("15:00", "3 pm"),
        ("expect: []", "expcet: []"),
        ("expect: []", "expect: [{at: 2026-01-01, to: anna}]"),
        ("expect: []", "expect: [{at: 2026-01-01, send: a, refuse: b}]"),
        ("expect: []", "expect: [{at: 2026-01-01, refuse: a, reason: capt}]"),
        ("expect: []", "expect: [], policy: {cap: []}"),
    ],
)
def test_a_misspelt_rule_test_does_not_fit(before: str, after: str) -> None:
    assert takes("tests", GIVEN) == []
    assert takes("tests", GIVEN.replace(before, after))
