"""One rule: its mapping becomes a Rule, complete with defaults, and every mistake in it is found at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from engine.rulebook.ast import Duration, FactPattern, Goal, Once, Rule
from engine.rulebook.conditions import condition
from engine.rulebook.durations import clock_time, duration, duration_in, per_cent
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, Scalar, boolean, mapping, several, shown, text, whole
from engine.rulebook.offers import offers
from engine.rulebook.patterns import fact_pattern
from engine.rulebook.scope import Scope
from engine.rulebook.triggers import When, when
from engine.rulebook.values import purpose
from engine.rulebook.vocabulary import FACTS, NAME_PATTERN, ONCE, PLAIN, RULE_KEYS
from engine.rulebook.wordings import demand_wordings

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
REQUIRED = {"rule": "rule: ID", "when": "when: {bought: any, after: 80 days}", "send": "send: TEMPLATE"}
ONCE_KINDS = {"per anchor": "anchor", "ever": "ever", "per product": "product", "per order": "order"}


def rule_name(node: Node) -> tuple[str, Scalar] | None:
    """Returns the id as written, for whatever it is worth, with its place; None where there is none."""
    found = node.get("rule") if isinstance(node, Mapping) else None
    return (found.text, found) if isinstance(found, Scalar) and found.value is not None else None


def read_rule(keys: Mapping, scope: Scope) -> Rule | None:
    """Reads one rule; None where anything in it is wrong, which then stands in the scope's findings."""
    found: dict[str, Any] = {}
    before = scope.findings.errors
    for key, node in keys:
        if key.text == "unless":  # asks about the anchor, so `when` comes first
            continue
        with scope.findings.gathering():
            name = scope.known_key(key, RULE_KEYS, keys)
            found[name] = READERS[name](node, scope)
    for name, example in REQUIRED.items():
        if keys.get(name) is None:
            scope.findings.error(keys.place, f"{name} is missing; write {example}")
    started = found.get("when")
    if started is not None:
        with scope.findings.gathering():
            found["unless"] = _unless(keys, started, scope)
    with scope.findings.gathering():
        demand_wordings(found, keys, scope)
    _spell_out_inactive(found)
    return None if scope.findings.errors > before else _complete(found, keys)


def _complete(found: dict[str, Any], keys: Mapping) -> Rule:
    started: When = found.pop("when")
    id_ = found.pop("rule")
    return Rule(
        id=id_, trigger=started.trigger, inactive=started.inactive, place=keys.place, title=found.pop("title", id_),
        with_=found.pop("with", {}), **found,
    )  # fmt: skip


def _spell_out_inactive(found: dict[str, Any]) -> None:
    """Spells `inactive: D` out: no other order may have followed the anchor's."""
    started = found.get("when")
    if started is not None and started.inactive and "unless" in found:
        found["unless"] = (FactPattern("ordered", place=started.anchor.place), *found["unless"])


def _unless(keys: Mapping, started: When, scope: Scope) -> tuple[FactPattern, ...]:
    """Takes one fact, or a list of facts, any of which cancels."""
    key, node = keys.key("unless"), keys.get("unless")
    if key is None or node is None:
        return ()
    word = _names_moment(keys)
    if word:
        raise Refused(
            key.place, f"unless cannot stand beside {word}, which has nothing to look back to; ask it in who"
        )
    patterns: list[FactPattern] = []
    for item in several(node):
        with scope.findings.gathering():
            patterns.extend(_unless_facts(item, started, scope))
    return tuple(patterns)


def _names_moment(keys: Mapping) -> str | None:
    node = keys.get("when")
    names = node.names if isinstance(node, Mapping) else ()
    return next((word for word in ("every", "date") if word in names), None)


def _unless_facts(node: Node, started: When, scope: Scope) -> list[FactPattern]:
    facts = mapping(node, "unless", "{bought: {same: category}}")
    if not facts.pairs:
        raise Refused(node.place, "unless is empty; name a fact, or leave it out")
    found: list[FactPattern] = []
    for key, value in facts:
        with scope.findings.gathering():
            if key.text not in FACTS:
                raise Refused(key.place, f"unknown fact {key.text!r} in unless{meant(key.text, FACTS)}")
            found.append(fact_pattern(key, value, scope, anchor=started.anchor, in_unless=True))
    return found


def _id(node: Node, scope: Scope) -> str:
    written = text(node, "rule")
    if ID.fullmatch(written):
        return written
    guess = re.sub(r"[^a-z0-9]+", "-", written.casefold()).strip("-")[:64]
    hint = f"; did you mean {guess!r}?" if guess and ID.fullmatch(guess) else ""
    raise Refused(
        node.place, f"a rule's id takes small letters, digits and hyphens, at most 64, not {written!r}{hint}"
    )


def _once(node: Node, scope: Scope) -> Once:
    written = text(node, "once").strip()
    if written in ONCE_KINDS:
        return Once(ONCE_KINDS[written])  # type: ignore[arg-type]
    if re.match(r"per\s+[0-9]", written):
        return Once("window", duration_in(written[3:], node, "once"))
    raise Refused(node.place, f"once takes {', '.join(ONCE[:-1])} or {ONCE[-1]}, not {written!r}")


def _goal(node: Node, scope: Scope) -> Goal:
    keys = mapping(node, "goal", "{bought: {category: optics}, within: 14 days}")
    facts = [key for key, _ in keys if key.text != "within"]
    for key in facts:
        if key.text not in FACTS:
            raise Refused(
                key.place, f"unknown fact {key.text!r} in goal{meant(key.text, (*FACTS, 'within'))}"
            )
    if len(facts) != 1:
        raise Refused(node.place, f"goal takes one fact, and here are {len(facts)}")
    value, within = keys.get(facts[0].text), keys.get("within")
    assert value is not None
    pattern = fact_pattern(facts[0], value, scope)
    return Goal(pattern) if within is None else Goal(pattern, duration(within, "within"))


def _variants(node: Node, scope: Scope) -> dict[str, int]:
    keys = mapping(node, "variants", "{a: 50, b: 50}")
    if not keys.pairs:
        raise Refused(node.place, "variants is empty; name them with their weights, or leave it out")
    for key, _ in keys:
        if not re.fullmatch(NAME_PATTERN, key.text):
            raise Refused(key.place, f"a variant's name takes letters, digits and hyphens, not {key.text!r}")
    return {key.text: whole(value, f"the weight of {key.text}", 1, 1_000_000) for key, value in keys}


def _send(node: Node, scope: Scope) -> str:
    name, templates = text(node, "send"), scope.vocabulary.templates
    if templates is not None and name not in templates and name != PLAIN:
        raise Refused(node.place, f"unknown template {name!r}{meant(name, (*templates, PLAIN))}")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise Refused(node.place, f"send takes the name of a folder of templates/email/, not {name!r}")
    return name


def _shops(node: Node, scope: Scope) -> tuple[str, ...]:
    known = scope.vocabulary.shops
    found = [(text(item, "shops"), item) for item in several(node)]
    for name, item in found:
        if known is not None and name not in known:
            raise Refused(item.place, f"unknown shop {name!r}{meant(name, known)}")
    return tuple(sorted({name for name, _ in found}))


def _when_capped(node: Node, scope: Scope) -> str:
    if isinstance(node, Scalar) and node.value in ("hold", "drop"):
        return str(node.value)
    hint = meant(node.text, ("hold", "drop")) if isinstance(node, Scalar) and node.value is not None else ""
    raise Refused(node.place, f"when_capped takes hold or drop, not {shown(node)}{hint}")


def _expires(node: Node, scope: Scope) -> Duration:
    return duration(node, "expires", zero=True)


READERS: dict[str, Callable[[Node, Scope], Any]] = {
    "rule": _id,
    "title": lambda node, _: text(node, "title"),
    "note": lambda node, _: text(node, "note"),
    "active": lambda node, _: boolean(node, "active"),
    "purpose": lambda node, scope: purpose(text(node, "purpose"), node, "purpose", scope),
    "priority": lambda node, _: whole(node, "priority", 0, 100),
    "when": when,
    "who": condition,
    "send": _send,
    "with": offers,
    "at": lambda node, _: clock_time(node, "at"),
    "once": _once,
    "expires": _expires,
    "when_capped": _when_capped,
    "goal": _goal,
    "holdout": lambda node, _: per_cent(node, "holdout"),
    "variants": _variants,
    "clicks": lambda node, _: boolean(node, "clicks"),
    "shops": _shops,
}
