"""JSON Schema of rules/tests/*.yaml, made from the keys that rule tests know."""

from __future__ import annotations

from typing import Any

from engine.policy.model import REASONS
from engine.rehearsal.vocabulary import (
    EXPECT_KEYS,
    FILE_KEYS,
    GIVEN,
    LINE_KEYS,
    NEED,
    OUTCOMES,
    REFUND_LINE_KEYS,
    SHOP_KEYS,
    TEST_KEYS,
)
from engine.rulebook.schema import DRAFT, ID, closed, policy_schema
from engine.rulebook.schema_values import Schema, one_or_more
from engine.rulebook.vocabulary import ATTRIBUTE, FACTS, Vocabulary

YEAR = "(19[7-9][1-9]|19[89][0-9]|2[01][0-9]{2})"
CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?"
MOMENT: Schema = {
    "type": "string", "pattern": f"^{YEAR}-[0-9]{{2}}-[0-9]{{2}}([ T]{CLOCK})?$",
    "examples": ["2026-01-01 15:00"],
}  # fmt: skip
ANYTHING: Schema = {"type": ["string", "number", "boolean", "null"]}
TEXT: Schema = {"type": ["string", "number"]}


def tests_schema(vocabulary: Vocabulary) -> Schema:
    """Returns the JSON Schema of a file of rule tests."""
    policy = policy_schema(vocabulary)
    one = closed(_keys(TEST_KEYS), ("test",))
    keys = {
        **_keys(FILE_KEYS),
        "tests": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/test"}}, {"$ref": "#/$defs/test"}]},
    }
    definitions = {
        **policy.pop("$defs"), "test": one, "given": _given(), "expected": _expected(),
        "policy": {key: value for key, value in policy.items() if key not in ("$schema", "title")},
    }  # fmt: skip
    return {
        "$schema": DRAFT, "title": "Regulars: rule tests", **closed(keys, ("tests",)), "$defs": definitions,
    }  # fmt: skip


def _keys(names: tuple[str, ...]) -> Schema:
    """Describes the keys of a file or a test, by name."""
    items = {"type": ["array", "null"], "items": {"$ref": "#/$defs/given"}}
    known: Schema = {
        "shop": closed(dict.fromkeys(SHOP_KEYS, TEXT)),
        "rules": one_or_more(ID),
        "policy": {"anyOf": [{"const": "none"}, {"$ref": "#/$defs/policy"}]},
        "until": MOMENT,
        "holdout": {"enum": ["on", "off", True, False]},
        "given": items,
        "expect": {**items, "items": {"$ref": "#/$defs/expected"}},
    }
    return {name: known.get(name, TEXT) for name in names}


def _given() -> Schema:
    """Describes one item of `given`: one fact."""
    facts = {kind: _fact(kind, keys) for kind, keys in GIVEN.items()}
    return closed(facts, minProperties=1, maxProperties=1)


def _fact(kind: str, keys: tuple[str, ...]) -> Schema:
    known: Schema = dict.fromkeys(keys, ANYTHING) | dict.fromkeys(("at", "recorded_at"), MOMENT)
    lines = LINE_KEYS if kind == "ordered" else REFUND_LINE_KEYS
    special: Schema = {
        "lines": one_or_more(closed(dict.fromkeys(lines, ANYTHING), ("product",))),
        "consent": {"anyOf": [{"const": "none"}, {"type": "array", "items": TEXT}, TEXT]},
        "tags": {"anyOf": [{"type": "array", "items": TEXT}, TEXT]},
        "attributes": {"type": "object"},
    }
    known |= {key: special[key] for key in special if key in known}
    needed = NEED.get(kind, ("customer", "at"))
    found = closed(known, needed)
    if kind == "customer":
        return {**found, "patternProperties": {f"^{ATTRIBUTE.replace('.', '[.]')}.+$": {}}}
    return {**found, "additionalProperties": True} if kind in FACTS and FACTS[kind].open else found


def _expected() -> Schema:
    """Describes one item of `expect`: a mail, or a decision."""
    known: dict[str, Any] = dict.fromkeys(EXPECT_KEYS, TEXT) | {
        "at": MOMENT,
        "reason": {"enum": list(REASONS)},
    }
    known |= dict.fromkeys(OUTCOMES, ID) | {name: one_or_more(TEXT) for name in ("subject_has", "text_has")}
    return closed(known, ("at",), oneOf=[{"required": [name]} for name in OUTCOMES])
