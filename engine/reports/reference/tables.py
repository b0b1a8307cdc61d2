"""What the language knows, as tables: keys with their defaults, facts, filters, fields, units, offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields as fields_of
from typing import Any

from engine.rulebook.ast import Duration, Goal, Rule
from engine.rulebook.offers import COUNT, COUPON_VALID, RECOMMEND_TO
from engine.rulebook.vocabulary import (
    ATTRIBUTE,
    FACTS,
    FIELDS,
    GOODS,
    MEASURES,
    NOT_YET_KNOWN,
    OFFERS,
    ORDER,
    POLICY_KEYS,
    RULE_KEYS,
    SAME,
    UNITS,
    Fact,
    Kind,
)

COMPARED: dict[Kind, str] = {
    "money": "an amount, as `50` or `50 EUR`",
    "count": "a whole number from 0 up",
    "number": "a number",
    "percent": "per cent, as `10%`",
    "text": "text",
    "path": "a path, as `optics/contact-lenses`; the whole branch",
    "date": "a day, as `2026-01-31`",
    "country": "two capital letters, as `PL`",
    "language": "two small letters, as `pl`",
    "currency": "a currency, as `PLN`",
    "rule": "the id of a rule",
    "purpose": "a purpose",
    "property": "text, a number, `true` or `false`",
}
KEYS = {
    "rule": "its id: small letters, digits, hyphens; unique in the rulebook",
    "title": "for people; `plain` sends it as subject",
    "note": "for people; `plain` sends it as text",
    "active": "`true` or `false`; what falls due while false is lost",
    "purpose": "what the customer must have consented to: `marketing`, `newsletter`, one that config names; or `transactional`",
    "priority": "0 to 100; of two mails in one minute the higher goes first",
    "when": "[what starts it](#when)",
    "unless": "[what cancels it](#unless): a fact, or a list of facts",
    "who": "[whom it concerns](#who)",
    "send": "the letter: a folder of `templates/email/`; `plain` is always there",
    "with": "[what the mail brings along](#with)",
    "at": "the customer's [clock time](#time) to send at, as `09:00`",
    "once": "[how often](#once-expires-when_capped) one customer may get it",
    "expires": "how long after its due moment it is still worth sending",
    "when_capped": "`hold` until a cap opens, or `drop`",
    "goal": "what counts as success, for the reports",
    "holdout": "per cent of customers whom this rule never mails, to measure what it does, as `10` or `10 per cent`",
    "variants": "[names and weights](#variants-and-holdout) of the letter's wordings",
    "clicks": "`true`: count who follows the mail's [links](offers.md#who-clicked); without it nobody is watched",
    "shops": "which shops of this server",
}
NO_DEFAULT = {
    "rule": "must be written", "when": "must be written", "send": "must be written", "title": "the id", "note": "nothing",
    "unless": "nothing", "who": "everyone", "with": "nothing", "at": "the moment it is due", "variants": "one wording",
    "shops": "all of them",
}  # fmt: skip
LONG = {
    "minutes": "60 seconds each", "hours": "60 minutes each", "days": "the same clock time, whatever the clocks do meanwhile",
    "weeks": "seven days each", "months": "the same day of the month; its last day where the month lacks it",
    "years": "the same day of the year; 28 February for the 29th",
}  # fmt: skip
NEVER_UNKNOWN = {"language": "no, it is the shop's", "signed_up": "no", "tags": "without any"}
POLICY = {
    "caps": "a list: `at_most: N per DURATION`, for all mails or with `purpose` for those of one",
    "quiet_hours": "`from` and `to` by the customer's clock; the end is allowed",
    "closed": "`weekdays`, a list of English names, and `holidays: true` for those of the customer's country",
    "groups": "a list: `group` (a name), `rules`, and `at_most` for all of them together",
    "house_rules": "a list: `name`, `if` (a condition as in `who`), and `hold` or `refuse` with purposes, or `{rules: […]}`",
    "control_group": "per cent of customers whom no marketing rule mails",
}


def row(*cells: str) -> str:
    """Writes one line of a table."""
    return f"| {' | '.join(cells)} |\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Writes a table."""
    return row(*head) + row(*("---" for _ in head)) + "".join(row(*cells) for cells in rows)


def keys() -> str:
    """Returns the table of the keys of a rule."""
    return table(("key", "meaning", "default"), ((f"`{key}`", KEYS[key], _default(key)) for key in RULE_KEYS))


def _default(key: str) -> str:
    """Asks the rule itself what a key means that nobody wrote."""
    if key in NO_DEFAULT:
        return NO_DEFAULT[key]
    value: Any = {each.name: each.default for each in fields_of(Rule)}[key]
    if isinstance(value, Goal):
        return f"{value.pattern.kind} within {value.within}"
    if key == "once":
        return f"`per {value.kind}`"
    return str(value) if isinstance(value, Duration) else f"`{str(value).lower()}`"


def facts() -> str:
    """Returns the table of facts with their filters and what ties them to an anchor."""
    rows = [
        (f"`{name}`", fact.one_for_each, _filters(name, fact), _things(fact)) for name, fact in FACTS.items()
    ]
    return table(("fact", "one for each", "filters", "as an anchor it has one"), rows)


def _filters(name: str, fact: Fact) -> str:
    left = [*fact.filters]
    found: list[str] = []
    for whose, shared in (("ordered", ORDER), ("bought", GOODS)):
        if name != whose and set(shared) <= set(left):
            found, left = [*found, f"as `{whose}`"], [each for each in left if each not in shared]
    found = [*(f"`{each}`" for each in left), *found]
    return ", ".join(found) + (", and its properties" if fact.open else "") or "–"


def _things(fact: Fact) -> str:
    return ", ".join(f"`{thing}`" for thing in SAME if thing in fact.things) or "–"


def filters() -> str:
    """Returns the table of filters and what each is compared with."""
    kinds = {name: kind for fact in FACTS.values() for name, kind in fact.filters.items()}
    return table(
        ("filter", "compared with"), ((f"`{name}`", COMPARED[kind]) for name, kind in sorted(kinds.items()))
    )


def fields() -> str:
    """Returns the table of customer fields and measures."""
    unfilled = dict.fromkeys(NOT_YET_KNOWN, "always: nothing fills it yet")
    known = {**unfilled, **NEVER_UNKNOWN}
    rows = [(f"`{name}`", COMPARED[kind], known.get(name, "yes")) for name, kind in FIELDS.items()]
    rows += [(f"`{ATTRIBUTE}NAME`", COMPARED["property"], "yes")]
    for name, each in MEASURES.items():
        unknown = "without an order" if each.can_be_unknown else "no, it is 0"
        rows.append(
            (f"`{name}`" + (", also `within`" if each.windowed else ""), COMPARED[each.kind], unknown)
        )
    return table(("field", "compared with", "can it be unknown?"), rows)


def units() -> str:
    """Returns the table of the units of durations."""
    return table(("unit", "how long"), ((f"`{unit[:-1]}`, `{unit}`", LONG[unit]) for unit in UNITS))


def offers() -> str:
    """Returns the table of what a mail can bring along."""
    said = {
        "coupon": f"`percent`; `valid` ({COUPON_VALID}); `pool`, where the shop brings its own codes",
        "recommend": f"`to` ({', '.join(f'`{word}`' for word in RECOMMEND_TO)}); `count` ({COUNT})",
        "survey": "the name of a survey", "points": "how many points",
    }  # fmt: skip
    return table(("offer", "takes (default)"), ((f"`{name}`", said[name]) for name in OFFERS))


def policy() -> str:
    """Returns the table of the keys of policy.yaml."""
    return table(("key", "takes"), ((f"`{key}`", POLICY[key]) for key in POLICY_KEYS))
