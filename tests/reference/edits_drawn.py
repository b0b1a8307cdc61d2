"""Edits of rulebooks drawn at random."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.reference import rules_drawn
from tests.reference.story import Text


def dated(rules: list[dict[str, Any]], date: str) -> list[dict[str, Any]]:
    """The rules with the date that `date: T` stands for."""
    found: list[dict[str, Any]] = json.loads(json.dumps(rules).replace('"T"', f'"{date}"'))
    return found


def edited(random: Random, text: Text, date: str, features: set[str]) -> Text:
    """The rulebook after somebody has changed something of it."""
    rules, segments, policy = json.loads(json.dumps([text.rules, text.segments, text.policy]))
    one = random.choice(rules)
    how = random.choice(("who", "delay", "off", "gone", "priority", "new", "policy", "at"))
    names, ids = list(segments), [rule["rule"] for rule in rules]
    if how == "who":
        one["who"] = rules_drawn.condition(random, names, False)
    elif how == "delay" and "after" in one["when"]:
        one["when"]["after"] = random.choice(rules_drawn.DELAYS)
    elif how == "gone" and len(rules) > 1 and not any(one["rule"] in json.dumps(r["when"]) for r in rules):
        rules.remove(one)
        policy = {} if one["rule"] in json.dumps(policy) else policy
    elif how == "new":
        rules.append(rules_drawn.rule(random, "new", features, ids, names))
        rules = dated(rules, date)
    elif how == "policy":
        policy = rules_drawn.policy(random, ids, names)
    elif how == "at" and not {"every", "date"} & set(one["when"]):
        one["at"] = random.choice(rules_drawn.CLOCKS)
    elif how == "priority":
        one["priority"] = 99
    else:
        one["active"] = False
    return Text(rules, segments, policy)
