"""JSON Schema of rule files, segments and policy, made from the vocabulary: editors complete and check with it."""

from __future__ import annotations

from typing import Any

from engine.rulebook.durations import CLOCK_PATTERN, RATE_PATTERN, SPAN_PATTERN
from engine.rulebook.vocabulary import (
    ATTRIBUTE,
    FACTS,
    FIELDS,
    MEASURES,
    SAME,
    WEEKDAYS,
    Fact,
    Kind,
    Vocabulary,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
ID: Schema = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"}
WORDS: Schema = {"type": ["string", "number"]}
TEXT: Schema = {"type": "string", "minLength": 1}
DURATION: Schema = {"type": "string", "pattern": SPAN_PATTERN, "examples": ["30 days"]}
CLOCK: Schema = {"type": "string", "pattern": CLOCK_PATTERN, "examples": ["09:00"]}
RATE: Schema = {"type": "string", "pattern": RATE_PATTERN, "examples": ["1 per 3 days"]}
PER_CENT: Schema = {"type": ["integer", "string"], "minimum": 0, "maximum": 100, "examples": ["10 per cent"]}
CONDITION: Schema = {"$ref": "#/$defs/condition"}


def closed(properties: Schema, required: tuple[str, ...] = (), **more: Any) -> Schema:
    """Describes a mapping that knows only these keys."""
    described = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**described, "required": list(required)} if required else described


def one_or_more(item: Schema) -> Schema:
    """Describes a value, or a list of such values."""
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def test_of(kind: Kind) -> Schema:
    """Describes the test of a filter or field: a value, a list, a comparison or a range."""
    plain: Schema = {"type": ["string", "number", "boolean"] if kind == "property" else ["string", "number"]}
    return one_or_more(plain)


def fact(described: Fact, *, who: bool = False, unless: bool = False) -> Schema:
    """Describes one fact with its filters, `within` and `times` in `who`, `same` in `unless`."""
    filters = {name: test_of(kind) for name, kind in described.filters.items()}
    if who:
        filters |= {"within": DURATION, "times": test_of("count")}
    if unless:
        filters |= {"same": one_or_more({"enum": list(SAME)})}
    keys: Schema = {
        "type": "object",
        "properties": filters,
        "additionalProperties": described.open and test_of("property"),
    }
    return {"anyOf": [{"const": "any"}, keys], "description": f"one for each {described.one_for_each}"}


def facts(*, who: bool = False, unless: bool = False) -> Schema:
    """Describes every fact by its name."""
    return {name: fact(described, who=who, unless=unless) for name, described in FACTS.items()}


def condition(vocabulary: Vocabulary, *, due: bool = False) -> Schema:
    """Describes `who`, a segment, or `if` of a house rule."""
    purposes = [name for name in vocabulary.purposes if name != "transactional"]
    keys: Schema = {name: test_of(kind) for name, kind in FIELDS.items()}
    keys |= {name: measure(kind.kind, kind.windowed) for name, kind in MEASURES.items()}
    asked = facts(who=True)
    keys["signed_up"] = {"anyOf": [keys["signed_up"], asked.pop("signed_up")]}
    keys |= asked | {"consent": one_or_more({"enum": purposes}), "segment": one_or_more(TEXT)}
    here = {"$ref": "#/$defs/house_condition"} if due else CONDITION
    keys |= {name: {"type": "array", "items": here, "minItems": 1} for name in ("all", "any")}
    keys |= {"not": here} | ({"due": one_or_more(ID)} if due else {})
    attributes = {f"^{ATTRIBUTE.replace('.', '[.]')}.+$": test_of("property")}
    return closed(keys, patternProperties=attributes, minProperties=1)


def measure(kind: Kind, windowed: bool) -> Schema:
    """Describes a count or sum, alone or with bounds and a window."""
    bounds: Schema = {"at_least": WORDS, "at_most": WORDS} | ({"within": DURATION} if windowed else {})
    return {"anyOf": [*test_of(kind)["anyOf"], closed(bounds, minProperties=1)]}


def trigger() -> Schema:
    """Describes `when`."""
    keys = facts() | {"after": DURATION, "before": DURATION, "inactive": DURATION}
    keys |= {"every": TEXT, "date": TEXT, "enters": TEXT, "leaves": TEXT}
    return closed(keys, minProperties=1, maxProperties=2)


def offers() -> Schema:
    """Describes `with`."""
    coupon = closed({"percent": PER_CENT, "valid": DURATION}, ("percent",))
    recommend = closed({"to": TEXT, "count": {"type": "integer", "minimum": 1, "maximum": 20}})
    points: Schema = {"type": "integer", "minimum": 1}
    return closed(
        {"coupon": coupon, "recommend": recommend, "survey": TEXT, "points": points}, minProperties=1
    )


def rule(vocabulary: Vocabulary) -> Schema:
    """Describes one rule."""
    templates = vocabulary.templates
    keys: Schema = {
        "rule": ID, "title": WORDS, "note": WORDS, "active": {"type": "boolean"},
        "purpose": {"enum": list(vocabulary.purposes)}, "priority": {"type": "integer", "minimum": 0, "maximum": 100},
        "when": trigger(), "unless": one_or_more(closed(facts(unless=True), minProperties=1)), "who": CONDITION,
        "send": TEXT if templates is None else {"enum": list(templates)}, "with": offers(), "at": CLOCK,
        "once": {"type": "string", "pattern": f"^(ever|per (anchor|product|order|{SPAN_PATTERN[1:-1]}))$"},
        "expires": DURATION, "when_capped": {"enum": ["hold", "drop"]},
        "goal": closed(facts() | {"within": DURATION}, minProperties=1, maxProperties=2), "holdout": PER_CENT,
        "variants": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer", "minimum": 1}},
        "shops": one_or_more(TEXT if vocabulary.shops is None else {"enum": list(vocabulary.shops)}),
    }  # fmt: skip
    return closed(keys, ("rule", "when", "send"))


def rules_schema(vocabulary: Vocabulary) -> Schema:
    """Returns the JSON Schema of a rule file: a list of rules, or one rule."""
    one = {"$ref": "#/$defs/rule"}
    return {
        "$schema": DRAFT,
        "title": "Regulars: rules",
        "anyOf": [{"type": "array", "items": one}, one],
        "$defs": {"condition": condition(vocabulary), "rule": rule(vocabulary)},
    }


def segments_schema(vocabulary: Vocabulary) -> Schema:
    """Returns the JSON Schema of segments.yaml."""
    return {
        "$schema": DRAFT,
        "title": "Regulars: segments",
        "type": "object",
        "propertyNames": {"pattern": r"^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$"},
        "additionalProperties": CONDITION,
        "$defs": {"condition": condition(vocabulary)},
    }


def policy_schema(vocabulary: Vocabulary) -> Schema:
    """Returns the JSON Schema of policy.yaml."""
    purposes: Schema = {"enum": [name for name in vocabulary.purposes if name != "transactional"]}
    group: Schema = {"group": TEXT, "rules": one_or_more(ID), "at_most": RATE}
    closed_days: Schema = {"weekdays": one_or_more({"enum": list(WEEKDAYS)}), "holidays": {"type": "boolean"}}
    keys: Schema = {
        "caps": {"type": "array", "items": closed({"at_most": RATE, "purpose": purposes}, ("at_most",))},
        "quiet_hours": closed({"from": CLOCK, "to": CLOCK}, ("from", "to")),
        "closed": closed(closed_days),
        "groups": {"type": "array", "items": closed(group, ("group", "rules", "at_most"))},
        "house_rules": {"type": "array", "items": house_rule(purposes)},
        "control_group": PER_CENT,
    }
    definitions = {"house_condition": condition(vocabulary, due=True)}
    return {"$schema": DRAFT, "title": "Regulars: policy", **closed(keys), "$defs": definitions}


def house_rule(purposes: Schema) -> Schema:
    """Describes one house rule, which either holds or refuses."""
    named = closed({"rules": one_or_more(ID), "purposes": one_or_more(purposes)}, minProperties=1)
    targets = {"anyOf": [*one_or_more(purposes)["anyOf"], named]}
    asked = {"$ref": "#/$defs/house_condition"}
    keys: Schema = {"name": TEXT, "if": asked, "hold": targets, "refuse": targets}
    return closed(keys, ("name", "if"), oneOf=[{"required": ["hold"]}, {"required": ["refuse"]}])
