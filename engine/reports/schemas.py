"""The JSON Schemas of all files below rules/, by the name under which editors ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.rehearsal.schema import tests_schema
from engine.rulebook.schema import policy_schema, rules_schema, segments_schema
from engine.rulebook.schema_values import Schema
from engine.rulebook.vocabulary import Vocabulary

SCHEMAS: Mapping[str, Callable[[Vocabulary], Schema]] = MappingProxyType(
    {"rules": rules_schema, "segments": segments_schema, "policy": policy_schema, "tests": tests_schema}
)
