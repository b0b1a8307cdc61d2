"""Single values in JSON Schema: what a filter or field is compared with, by its kind."""

from __future__ import annotations

from typing import Any

from engine.rulebook.vocabulary import ORDERED_KINDS, Kind, Vocabulary

Schema = dict[str, Any]
PLAIN: dict[Kind, str] = {
    "money": r"[0-9]+(\.[0-9]{1,4})?( *[A-Z]{3})?",
    "count": r"[0-9]+",
    "number": r"-?[0-9]+(\.[0-9]+)?",
    "percent": r"(100|[0-9]{1,2}(\.[0-9]+)?)( *(%|per cent|percent))?",
    "date": r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "text": r"(?![<>=]|!=).*\S.*",
    "path": r"(?![<>=]|!=)[^/]+(/[^/]+)*",
    "country": r"[A-Z]{2}",
    "language": r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*",
    "rule": r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?",
    "purpose": r"[^\s<>=!]+",
    "currency": r"[A-Z]{3}",
    "property": r"(?![<>=]|!=).*\S.*",
}
NUMBERS: dict[Kind, Schema] = {
    "money": {"type": "number", "minimum": 0},
    "count": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
    "text": {"type": "number"},
    "property": {"type": ["number", "boolean"]},
}
EXAMPLES: dict[Kind, list[Any]] = {
    "money": [50, ">= 50 EUR", "10..50"], "count": [1, ">= 2", "2..10"], "number": [4.5, "<= 2"],
    "percent": [10, ">= 10%"], "date": ["2026-01-31", ">= 2026-01-01"], "path": ["optics/contact-lenses"],
    "country": ["PL", ["PL", "UA"]], "language": ["pl"],
}  # fmt: skip


def one_or_more(item: Schema) -> Schema:
    """Describes a value, or a list of such values."""
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def asked_by(kind: Kind, vocabulary: Vocabulary | None = None, *, unknown: bool = False) -> Schema:
    """Describes the test of a filter or field: a value, a list of values, a comparison or a range."""
    plain, value = plain_of(kind, vocabulary), _pattern(kind, vocabulary)
    operators = "=|!=|<=?|>=?" if kind in ORDERED_KINDS else "=|!="
    compared = f"^(({operators}) *)?({value})$"
    asked: list[Schema] = [plain, {"type": "string", "pattern": compared}]
    if kind in ORDERED_KINDS and kind != "property":
        asked.append({"type": "string", "pattern": rf"^({value}) *\.\. *({value})$"})
    if unknown:
        asked.append({"const": "unknown"})
    found: Schema = {"anyOf": [*asked, {"type": "array", "items": plain, "minItems": 1}]}
    return {**found, "examples": EXAMPLES[kind]} if kind in EXAMPLES else found


def _pattern(kind: Kind, vocabulary: Vocabulary | None) -> str:
    currencies = vocabulary.currencies if vocabulary else None
    if kind == "purpose" and vocabulary:
        return "|".join(vocabulary.purposes)
    return PLAIN[kind].replace("[A-Z]{3}", f"({'|'.join(currencies)})") if currencies else PLAIN[kind]


def plain_of(kind: Kind, vocabulary: Vocabulary | None) -> Schema:
    """Describes one value; where the words are known, one of them, so that an editor offers them."""
    if kind == "purpose" and vocabulary is not None:
        return {"enum": list(vocabulary.purposes)}
    text: Schema = {"type": "string", "pattern": f"^({_pattern(kind, vocabulary)})$"}
    return {"anyOf": [text, NUMBERS[kind]]} if kind in NUMBERS else text
