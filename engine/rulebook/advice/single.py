"""Warnings about one rule by itself: mails to everybody, empty mails, and `once` without a thing to count by."""

from __future__ import annotations

from engine.rulebook.ast import Every, FactTrigger, OnDate, Rule
from engine.rulebook.nearest import article
from engine.rulebook.vocabulary import BY_THEMSELVES, FACTS, PLAIN

NOT_YET_FILLED = ("survey", "points")


def mails_everybody(rule: Rule) -> str | None:
    """Says that a rule without `who` writes to all customers."""
    if rule.who is not None or not isinstance(rule.trigger, Every | OnDate):
        return None
    return f"{rule.id} has no who, so it writes to every customer with consent; if that is meant, leave it"


def says_nothing(rule: Rule) -> str | None:
    """Says that a mail would be empty."""
    if rule.send != PLAIN or rule.note.strip():
        return None
    return f"{rule.id} sends {PLAIN}, whose text is the rule's note, and there is no note"


def once_without_a_thing(rule: Rule) -> str | None:
    """Says that `once: per product` or `per order` finds neither at the anchor."""
    if rule.once.kind not in ("product", "order"):
        return None
    kind = rule.trigger.pattern.kind if isinstance(rule.trigger, FactTrigger) else None
    if kind is not None and rule.once.kind in FACTS[kind].things:
        return None
    anchor = f"{article(kind)} fact" if kind else "a moment"
    thing = rule.once.kind
    return f"{rule.id} says once: per {thing}, but its anchor is {anchor}, which has no {thing}; it never refuses"


def brings_nothing(rule: Rule) -> str | None:
    """Says that an offer is understood, but that nothing fills it yet."""
    empty = [name for name in NOT_YET_FILLED if name in rule.with_]
    if not empty:
        return None
    return f"{rule.id} brings along {' and '.join(empty)}, which nothing fills yet; the mail goes without"


def goal_by_itself(rule: Rule) -> str | None:
    """Says that a goal is nothing that a customer does, so that no mail can be said to have reached it."""
    kind = rule.goal.pattern.kind
    if kind not in BY_THEMSELVES:
        return None
    return f"{rule.id} has {kind} as its goal, which no customer does; no mail will ever have reached it"
