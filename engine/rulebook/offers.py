"""What a mail brings along: `with: {coupon: {percent: 10, valid: 14 days}}`, recommend, survey, points."""

from __future__ import annotations

import re
from typing import Any

from engine.rulebook.ast import Duration
from engine.rulebook.durations import duration, per_cent
from engine.rulebook.findings import Refused
from engine.rulebook.nodes import Mapping, Node, mapping, text, whole
from engine.rulebook.scope import Scope
from engine.rulebook.vocabulary import NAME_PATTERN, OFFERS

EXAMPLE = "{coupon: {percent: 10, valid: 14 days}}"
RECOMMEND_TO = ("bought", "viewed", "added_to_cart")
COUPON_VALID = Duration(14, "days")
COUNT = 3


def offers(node: Node, scope: Scope) -> dict[str, Any]:
    """Takes what goes with the mail: each offer as plain values, complete with its defaults."""
    found: dict[str, Any] = {}
    keys = mapping(node, "with", EXAMPLE)
    if not keys.pairs:
        raise Refused(node.place, "with is empty; name an offer, or leave it out")
    for key, value in keys:
        with scope.findings.gathering():
            name = scope.known_key(key, OFFERS, keys, "offer")
            found[name] = _offer(name, value, scope)
    return found


def _offer(name: str, node: Node, scope: Scope) -> Any:
    if name == "coupon":
        return _coupon(mapping(node, "coupon", "{percent: 10, valid: 14 days}"), scope)
    if name == "recommend":
        return _recommend(mapping(node, "recommend", "{to: bought, count: 3}"), scope)
    if name == "survey":
        return _name(node, "survey")
    return whole(node, "points", 1, 1_000_000)


def _name(node: Node, what: str) -> str:
    name = text(node, what)
    if not re.fullmatch(NAME_PATTERN, name):
        raise Refused(node.place, f"{what} takes a name of letters, digits and hyphens, not {name!r}")
    return name


def _coupon(keys: Mapping, scope: Scope) -> dict[str, Any]:
    for key, _ in keys:
        scope.known_key(key, ("percent", "valid", "pool"), keys)
    percent, valid, pool = keys.get("percent"), keys.get("valid"), keys.get("pool")
    if percent is None:
        raise Refused(keys.place, "coupon lacks its percent; write {percent: 10, valid: 14 days}")
    amount = per_cent(percent, "percent")
    if amount == 0:
        raise Refused(percent.place, "percent must be at least 1, or the coupon is worth nothing")
    found = {"percent": amount, "valid": COUPON_VALID if valid is None else duration(valid, "valid")}
    return found if pool is None else {**found, "pool": _name(pool, "pool")}


def _recommend(keys: Mapping, scope: Scope) -> dict[str, Any]:
    for key, _ in keys:
        scope.known_key(key, ("to", "count"), keys)
    to, count = keys.get("to"), keys.get("count")
    source = "bought" if to is None else text(to, "to")
    if to is not None and source not in RECOMMEND_TO:
        raise Refused(to.place, f"unknown word {source!r} after to; known: {', '.join(RECOMMEND_TO)}")
    return {"to": source, "count": COUNT if count is None else whole(count, "count", 1, 20)}
