"""Rules that are sound, made up by Hypothesis from the tables of the language."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from engine.rulebook.vocabulary import FACTS, FIELDS, MEASURES, WEEKDAYS, Kind

VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    "money": st.sampled_from([50, 49.9, "50 EUR", "0.01 PLN"]),
    "count": st.integers(0, 1000),
    "number": st.sampled_from([0, 4.5, -1]),
    "percent": st.sampled_from([0, 10, "10%", "12.5 per cent"]),
    "text": st.sampled_from(["Acuvue", "żółty", "a b", 4711]),
    "path": st.sampled_from(["optics", "optics/contact-lenses"]),
    "date": st.dates().map(str),
    "country": st.sampled_from(["PL", "UA"]),
    "language": st.sampled_from(["pl", "uk"]),
    "currency": st.sampled_from(["PLN", "EUR"]),
    "rule": st.just("a"),
    "purpose": st.sampled_from(["marketing", "newsletter"]),
    "property": st.sampled_from(["x", 3, 1.5, True]),
}
DURATIONS = st.builds(
    lambda amount, unit: f"{amount} {unit}", st.integers(1, 90), st.sampled_from(["hour", "days", "months"])
)
CLOCKS = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))


def tests_of(kind: Kind) -> st.SearchStrategy[Any]:
    """Makes values, comparisons and lists of one kind."""
    operators = [
        "=",
        "!=",
        *(["<", "<=", ">", ">="] if kind in ("money", "count", "number", "percent", "date") else []),
    ]
    compared = st.builds(
        lambda operator, value: f"{operator} {value}", st.sampled_from(operators), VALUES[kind]
    )
    return st.one_of(VALUES[kind], compared, st.lists(VALUES[kind], min_size=1, max_size=3))


def filters(kind: str) -> st.SearchStrategy[Any]:
    """Makes the filters of one fact, or `any`."""
    known = {name: tests_of(each) for name, each in FACTS[kind].filters.items()}
    return st.just("any") | st.fixed_dictionaries({}, optional=known)


def fact(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return filters(kind).map(lambda found: {kind: found})


ANY_FACT = st.sampled_from(sorted(FACTS)).flatmap(fact)


@st.composite
def triggers(draw: st.DrawFn) -> dict[str, Any]:
    """Makes a fact with or without a delay, or a moment."""
    if draw(st.integers(0, 3)):
        kind = draw(st.sampled_from(sorted(FACTS)))
        word = "before" if FACTS[kind].future and draw(st.booleans()) else "after"
        return draw(fact(kind)) | ({word: draw(DURATIONS)} if draw(st.booleans()) else {})
    every = st.builds(
        lambda day, clock: {"every": f"{day} at {clock}"},
        st.sampled_from([*WEEKDAYS, "day", "month on 5, last"]),
        CLOCKS,
    )
    change = st.sampled_from([{"enters": "vip"}, {"leaves": "vip"}, {"date": "2026-11-27 10:00"}])
    return draw(every | change | DURATIONS.map(lambda span: {"inactive": span}))


def with_window(asked: dict[str, Any], within: str | None, times: Any) -> dict[str, Any]:
    """Adds `within` and `times` to a fact of `who`."""
    (kind, found), *_ = asked.items()
    more = {"within": within} if within else {}
    return {kind: ({} if found == "any" else found) | more | {"times": times}}


LEAVES = st.one_of(
    *(tests_of(kind).map(lambda test, name=name: {name: test}) for name, kind in FIELDS.items()),
    *(tests_of(each.kind).map(lambda test, name=name: {name: test}) for name, each in MEASURES.items()),
    ANY_FACT,
    st.builds(with_window, ANY_FACT, st.none() | DURATIONS, tests_of("count")),
    st.sampled_from(
        [{"segment": "vip"}, {"consent": "newsletter"}, {"city": "unknown"}, {"attributes.size": ">= 38"}]
    ),
    st.just({"spent": {"at_least": "500 PLN", "at_most": 900, "within": "30 days"}}),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["Time for lenses", "Życzenia", "7"]),
    "note": st.just("for people"),
    "active": st.booleans(),
    "purpose": st.sampled_from(["marketing", "newsletter", "transactional"]),
    "priority": st.integers(0, 100),
    "who": CONDITIONS,
    "at": CLOCKS,
    "once": st.sampled_from(["per anchor", "ever", "per product", "per order"])
    | DURATIONS.map(lambda span: f"per {span}"),
    "expires": DURATIONS,
    "when_capped": st.sampled_from(["hold", "drop"]),
    "goal": st.builds(lambda goal, span: goal | {"within": span}, ANY_FACT, DURATIONS),
    "holdout": st.integers(0, 100) | st.integers(0, 100).map(lambda number: f"{number} per cent"),
    "variants": st.dictionaries(st.sampled_from("abc"), st.integers(1, 99), min_size=1),
    "clicks": st.booleans(),
    "shops": st.sampled_from(["books", ["books", "optics"]]),
    "with": st.sampled_from(
        [{"coupon": {"percent": 10, "valid": "14 days"}}, {"recommend": {"to": "bought"}}, {"points": 5}]
    ),
}
PLAIN = st.fixed_dictionaries(
    {"rule": st.just("a"), "when": triggers(), "send": st.sampled_from(["win-back", "plain"])},
    optional=OPTIONAL,
)


@st.composite
def _with_unless(draw: st.DrawFn) -> dict[str, Any]:
    found = draw(PLAIN)
    if not {"every", "date"} & set(found["when"]) and draw(st.booleans()):
        found["unless"] = draw(ANY_FACT | st.lists(ANY_FACT, min_size=1, max_size=2))
    return found


RULES = _with_unless()


def written(rule: dict[str, Any]) -> str:
    """Writes a rule as a file: JSON is YAML, with every text in quotes."""
    return json.dumps([rule], ensure_ascii=False)
