"""JSON Schema of rule files, segments and policy, made from the vocabulary: editors complete and check with it."""

from __future__ import annotations

from typing import Any

from engine.rulebook.durations import CLOCK_PATTERN, RATE_PATTERN, SPAN_PATTERN
from engine.rulebook.offers import RECOMMEND_TO
from engine.rulebook.patterns import can_be_tied
from engine.rulebook.schema_values import Schema, asked_by, one_or_more, plain_of
from engine.rulebook.vocabulary import (
    ATTRIBUTE,
    FACTS,
    FIELDS,
    MEASURES,
    SAME,
    TRIGGERS,
    WEEKDAYS,
    Measured,
    Vocabulary,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DAY_OF_MONTH = "([1-9]|0[1-9]|[12][0-9]|3[01]|last)"
WEEKDAY = f"({'|'.join(WEEKDAYS)})"
NAME_IN_SCHEMA = r"^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$"
ID: Schema = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"}
TITLE: Schema = {"type": ["string", "number"], "pattern": r"\S"}
TEXT: Schema = {"type": "string", "minLength": 1}
NAME: Schema = {"type": "string", "pattern": NAME_IN_SCHEMA}
DURATION: Schema = {"type": "string", "pattern": SPAN_PATTERN, "examples": ["30 days"]}
SPAN_WORDS = f"0*[1-9][0-9]* *{SPAN_PATTERN.partition(' *')[2][:-1]}"  # longer than nothing
SPAN: Schema = {**DURATION, "pattern": f"^{SPAN_WORDS}$"}
CLOCK: Schema = {"type": "string", "pattern": CLOCK_PATTERN, "examples": ["09:00"]}
RATE: Schema = {"type": "string", "pattern": RATE_PATTERN, "examples": ["1 per 3 days"]}
PER_CENT: Schema = {
    "type": ["integer", "string"], "minimum": 0, "maximum": 100, "examples": ["10 per cent"],
    "pattern": "^(100|[0-9]{1,2}) *(%|per cent|percent)?$",
}  # fmt: skip
SOME_PER_CENT: Schema = {
    **PER_CENT,
    "minimum": 1,
    "pattern": "^(100|0?[1-9]|[1-9][0-9]) *(%|per cent|percent)?$",
}
EVERY: list[str] = ["day at 09:00", "monday at 10:00", "month on 1 at 10:00"]
EVERY_PATTERN = f"^(day|month +on +{DAY_OF_MONTH}( *, *{DAY_OF_MONTH})*|{WEEKDAY}( *, *{WEEKDAY})*) +at +{CLOCK_PATTERN[1:]}"
DATE: Schema = {
    "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]+[0-9]{2}:[0-9]{2})?$", "examples": ["2026-11-27 10:00"],
}  # fmt: skip
WEIGHT: Schema = {"type": "integer", "minimum": 1}
CONDITION: Schema = {"$ref": "#/$defs/condition"}


def closed(properties: Schema, required: tuple[str, ...] = (), **more: Any) -> Schema:
    """Describes a mapping that knows only these keys."""
    described = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**described, "required": list(required)} if required else described


def fact(name: str, words: Vocabulary, *, who: bool = False, unless: bool = False) -> Schema:
    """Describes one fact with its filters, `within` and `times` in `who`, `same` in `unless`."""
    described = FACTS[name]
    filters = {each: asked_by(kind, words) for each, kind in described.filters.items()}
    if who:
        filters |= {"within": SPAN, "times": asked_by("count")}
    if unless:
        filters |= {"same": one_or_more({"enum": [thing for thing in SAME if can_be_tied(name, thing)]})}
    keys: Schema = {
        "type": "object",
        "properties": filters,
        "additionalProperties": described.open and asked_by("property"),
    }
    return {"anyOf": [{"const": "any"}, keys], "description": f"one for each {described.one_for_each}"}


def facts(words: Vocabulary, *, who: bool = False, unless: bool = False) -> Schema:
    """Describes every fact by its name."""
    return {name: fact(name, words, who=who, unless=unless) for name in FACTS}


def condition(vocabulary: Vocabulary, *, due: bool = False) -> Schema:
    """Describes `who`, a segment, or `if` of a house rule."""
    purposes = [name for name in vocabulary.purposes if name != "transactional"]
    keys: Schema = {name: asked_by(kind, vocabulary, unknown=True) for name, kind in FIELDS.items()}
    keys |= {name: measure(kind, vocabulary) for name, kind in MEASURES.items()}
    asked = facts(vocabulary, who=True)
    keys["signed_up"] = {"anyOf": [keys["signed_up"], asked.pop("signed_up")]}
    keys |= asked | {"consent": one_or_more({"enum": purposes}), "segment": one_or_more(TEXT)}
    here = {"$ref": "#/$defs/house_condition"} if due else CONDITION
    keys |= {name: {"type": "array", "items": here, "minItems": 1} for name in ("all", "any")}
    keys |= {"not": here} | ({"due": one_or_more(ID)} if due else {})
    attributes = {f"^{ATTRIBUTE.replace('.', '[.]')}.+$": asked_by("property", unknown=True)}
    return closed(keys, patternProperties=attributes, minProperties=1)


def measure(measured: Measured, words: Vocabulary) -> Schema:
    """Describes a count or sum, alone or with bounds and a window."""
    bound = plain_of(measured.kind, words)
    bounds: Schema = {"at_least": bound, "at_most": bound} | ({"within": SPAN} if measured.windowed else {})
    in_braces = closed(bounds, anyOf=[{"required": ["at_least"]}, {"required": ["at_most"]}])
    alone = asked_by(measured.kind, words, unknown=measured.can_be_unknown)
    return {**alone, "anyOf": [*alone["anyOf"], in_braces]}


def trigger(words: Vocabulary) -> Schema:
    """Describes `when`: one fact with at most one delay, or a moment without."""
    keys = facts(words) | {"after": DURATION, "before": DURATION, "inactive": SPAN}
    keys |= {"every": {"type": "string", "pattern": EVERY_PATTERN, "examples": EVERY}, "date": DATE}
    keys |= {"enters": TEXT, "leaves": TEXT}
    one = [{"required": [name]} for name in (*FACTS, *TRIGGERS)]
    moments = {"anyOf": [{"required": [name]} for name in TRIGGERS]}
    ahead = {"anyOf": [{"required": [name]} for name, each in FACTS.items() if each.future]}
    return closed(
        keys, maxProperties=2, oneOf=one,
        allOf=[{"if": moments, "then": {"maxProperties": 1}}, {"if": {"required": ["before"]}, "then": ahead}],
    )  # fmt: skip


def offers() -> Schema:
    """Describes `with`."""
    coupon = closed({"percent": SOME_PER_CENT, "valid": SPAN, "pool": NAME}, ("percent",))
    recommend = closed(
        {"to": {"enum": list(RECOMMEND_TO)}, "count": {"type": "integer", "minimum": 1, "maximum": 20}}
    )
    points: Schema = {"type": "integer", "minimum": 1}
    return closed(
        {"coupon": coupon, "recommend": recommend, "survey": NAME, "points": points}, minProperties=1
    )


def rule(vocabulary: Vocabulary) -> Schema:
    """Describes one rule."""
    templates = vocabulary.templates
    keys: Schema = {
        "rule": ID, "title": TITLE, "note": TITLE, "active": {"type": "boolean"},
        "purpose": {"enum": list(vocabulary.purposes)}, "priority": {"type": "integer", "minimum": 0, "maximum": 100},
        "when": trigger(vocabulary), "unless": one_or_more(closed(facts(vocabulary, unless=True), minProperties=1)),
        "who": CONDITION,
        "send": TEXT if templates is None else {"enum": list(templates)}, "with": offers(), "at": CLOCK,
        "once": {"type": "string", "pattern": f"^(ever|per (anchor|product|order|{SPAN_WORDS}))$"},
        "expires": DURATION, "when_capped": {"enum": ["hold", "drop"]},
        "goal": closed(facts(vocabulary) | {"within": SPAN}, oneOf=[{"required": [name]} for name in FACTS]),
        "holdout": PER_CENT,
        "variants": {"type": "object", "minProperties": 1, "propertyNames": NAME, "additionalProperties": WEIGHT},
        "clicks": {"type": "boolean"},
        "shops": one_or_more(TEXT if vocabulary.shops is None else {"enum": list(vocabulary.shops)}),
    }  # fmt: skip
    moment = {"properties": {"when": {"anyOf": [{"required": ["every"]}, {"required": ["date"]}]}}}
    no_unless = {"if": {"required": ["when"], **moment}, "then": {"not": {"required": ["unless"]}}}
    return closed(keys, ("rule", "when", "send"), allOf=[no_unless])


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
        "propertyNames": {"pattern": NAME_IN_SCHEMA},
        "additionalProperties": CONDITION,
        "$defs": {"condition": condition(vocabulary)},
    }


def policy_schema(vocabulary: Vocabulary) -> Schema:
    """Returns the JSON Schema of policy.yaml."""
    purposes: Schema = {"enum": [name for name in vocabulary.purposes if name != "transactional"]}
    group: Schema = {"group": TEXT, "rules": one_or_more(ID), "at_most": RATE}
    weekday: Schema = {"enum": list(WEEKDAYS)}
    open_days: Schema = {
        "anyOf": [weekday, {"type": "array", "items": weekday, "minItems": 1, "maxItems": 6}]
    }
    closed_days: Schema = {"weekdays": open_days, "holidays": {"type": "boolean"}}
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
