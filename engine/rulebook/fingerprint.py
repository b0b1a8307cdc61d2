"""The digest of what decides whom a rule writes to and when, so that an edit of words alone changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Any

from engine.rulebook.ast import All, Any_, InSegment, Membership, OneOf, Policy, Rule, Segment
from engine.rulebook.walk import segments_asked

DECIDES = ("trigger", "unless", "who", "at", "once", "expires", "purpose", "shops", "active")
Digests = Mapping[str, str]


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any, segments: Digests) -> Any:
    """Returns plain JSON values that are equal where two parts mean the same, wherever and in what order written."""
    if isinstance(value, InSegment):
        return ["InSegment", segments.get(value.segment, value.segment)]
    if isinstance(value, Membership):
        return ["Membership", value.change, segments.get(value.segment, value.segment)]
    if isinstance(value, All | Any_ | OneOf):
        parts = value.values if isinstance(value, OneOf) else value.parts
        return [type(value).__name__, sorted((canonical(part, segments) for part in parts), key=json.dumps)]
    if is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in fields(value) if each.name != "place"]
        kept = {name: canonical(getattr(value, name), segments) for name in names}
        return [type(value).__name__, kept]
    if isinstance(value, tuple | list):
        return [canonical(each, segments) for each in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, datetime) else value


def segment_digests(segments: Mapping[str, Segment]) -> dict[str, str]:
    """Returns the digest of every segment, with those that it names worked in."""
    graph = {
        name: [leaf.segment for leaf in segments_asked(segment.condition)]
        for name, segment in segments.items()
    }
    found: dict[str, str] = {}
    for name in TopologicalSorter(graph).static_order():
        if name in segments:
            found[name] = _hash(canonical(segments[name].condition, found))
    return found


def rule_digest(rule: Rule, segments: Digests) -> str:
    """Returns the digest of a rule's deciding parts."""
    return _hash([canonical(getattr(rule, name), segments) for name in DECIDES])


def policy_digest(policy: Policy, segments: Digests) -> str:
    """Returns the digest of a whole policy."""
    return _hash(
        [canonical(getattr(policy, each.name), segments) for each in fields(policy) if each.name != "digest"]
    )


def text_digest(files: Mapping[str, str]) -> str:
    """Returns the content hash of a rulebook: of all its files with their names."""
    return _hash(sorted(files.items()))
