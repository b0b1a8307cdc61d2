"""rules/tests/*.yaml, read strictly: every mistake is found with its place before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from engine import calendar
from engine.clock import DAY, MINUTE
from engine.config import Config, ShopConfig, read_config
from engine.errors import ConfigError, Place
from engine.intake.reading import KNOWN_AHEAD
from engine.rehearsal.cases import Case, Expected, Given
from engine.rehearsal.expectations import check_named, read_expected
from engine.rehearsal.givens import read_given
from engine.rehearsal.moments import Moments
from engine.rehearsal.vocabulary import FILE_KEYS, SHOP_KEYS, TEST_KEYS
from engine.rulebook.ast import Policy, Problem, Rulebook
from engine.rulebook.findings import Findings, Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, Scalar, boolean, mapping, plain, several, shown, text
from engine.rulebook.policies import read_policy
from engine.rulebook.reader import read
from engine.rulebook.scope import Scope
from engine.rulebook.vocabulary import Vocabulary

LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Reading:
    """What a test file may refer to, and where mistakes go."""

    config: Config
    rulebook: Rulebook
    vocabulary: Vocabulary
    findings: Findings


def test_files(folder: Path) -> list[Path]:
    """Lists the test files of a rules folder, in order."""
    tests = folder / "tests"
    return (
        sorted(path for path in tests.rglob("*") if path.suffix in (".yaml", ".yml"))
        if tests.is_dir()
        else []
    )


def read_tests(content: str, file: str, reading: Reading) -> list[Case]:
    """Reads one test file; what is wrong goes to the findings, and a test that is wrong is left out."""
    document = read(content, file)
    for fault in document.faults:
        reading.findings.error(fault.place, fault.message)
    if document.root is None or document.faults:
        return []
    cases: list[Case] = []
    with reading.findings.gathering():
        top = mapping(document.root, "a test file", "tests: [{test: NAME, …}]")
        _known(top, FILE_KEYS)
        tests = top.get("tests")
        if tests is None:
            raise Refused(top.place, "tests is missing; write tests: and a list")
        for node in getattr(tests, "items", ()) if not _single(tests) else (tests,):
            with reading.findings.gathering():
                cases += [_case(mapping(node, "a test", "test: NAME"), top, reading)]
    return cases


def _single(node: Node) -> bool:
    """One test may stand without a list; nothing at all is no test, as an empty list is."""
    return isinstance(node, Mapping) or (isinstance(node, Scalar) and node.value is not None)


def _known(keys: Mapping, known: Iterable[str]) -> None:
    for key, _ in keys:
        if key.text not in tuple(known):
            raise Refused(key.place, f"unknown key {key.text!r}{meant(key.text, known)}")


def _case(keys: Mapping, top: Mapping, reading: Reading) -> Case:
    _known(keys, TEST_KEYS)
    name_node = keys.get("test")
    if name_node is None:
        raise Refused(keys.place, "test is missing; write test: and a sentence that says what must happen")

    def either(key: str) -> Node | None:
        return keys.get(key) or top.get(key)

    shop = _shop(either("shop"), reading.config)
    moments = Moments(shop.timezone)
    given = _given(keys.get("given"), moments, _scope(reading))
    expect = _expect(keys.get("expect"), moments, keys.place)
    start, latest = _span(given, expect, keys.place)
    check_named(expect, given, reading.rulebook)
    until, rules, policy = (
        either("until"),
        _rules(either("rules"), reading),
        _policy(either("policy"), reading),
    )
    return Case(
        text(name_node, "test"), shop, rules, policy, given, start,
        moments.last_minute(until, "until") if until else calendar.shift(latest, LONGEST_DAYS, "days", shop.timezone), expect,
        _switch(either("holdout")), name_node.place, _faults(rules, policy, expect, reading.rulebook),
    )  # fmt: skip


def _faults(
    rules: tuple[str, ...] | None, policy: Policy | None, expect: Iterable[Expected], book: Rulebook
) -> tuple[str, ...]:
    """Lists what is wrong with the broken rules that a test names, and with the folder's policy if it is played by it."""
    named = {*(rules or ()), *(expected.rule for expected in expect)} & set(book.broken)
    by_policy = book.policy_broken and policy is None
    return tuple(
        str(problem)
        for problem in book.errors
        if problem.rule in named or (by_policy and problem.rule is None and is_of_policy(problem))
    )


def is_of_policy(problem: Problem) -> bool:
    """Says whether something is wrong with the policy, and not with a file as a whole."""
    return PurePath(problem.place.file).stem == "policy"


def _scope(reading: Reading) -> Scope:
    book = reading.rulebook
    places = {name: segment.place for name, segment in book.segments.items()}
    return Scope(reading.vocabulary, reading.findings, frozenset(book.rules) | frozenset(book.broken), places)


def _given(node: Node | None, moments: Moments, scope: Scope) -> tuple[Given, ...]:
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    items = node.items if hasattr(node, "items") else several(node)
    return tuple(
        read_given(mapping(item, "given", "ordered: {customer: anna, at: 2026-01-01 15:00}"), moments, scope)
        for item in items
    )


def _expect(node: Node | None, moments: Moments, place: Place) -> tuple[Any, ...]:
    if node is None:
        raise Refused(place, "expect is missing; write expect: [] if nothing is to be sent")
    if isinstance(node, Scalar):
        if node.value is None:
            return ()
        raise Refused(node.place, f"expect takes a list, not {shown(node)}; [] if nothing is to be sent")
    items = node.items if hasattr(node, "items") else (node,)
    return tuple(
        read_expected(mapping(item, "expect", "{at: 2026-03-22 15:00, send: RULE, to: anna}"), moments)
        for item in items
    )


def _span(given: tuple[Given, ...], expect: tuple[Expected, ...], place: Place) -> tuple[int, int]:
    """Returns the earliest `at` of what is given, and the latest moment of it, in whole minutes.

    Where nothing given has a moment, as somebody with a birthday alone, the clock starts a day before what is expected.
    What is known ahead of its day starts no clock by its day, but when it becomes known.
    """
    ats = [item.at for item in given if item.at is not None]
    late = [item.recorded_at for item in given if item.recorded_at is not None]
    starts = [item.recorded_at if item.kind in KNOWN_AHEAD else item.at for item in given]
    found = [at for at in starts if at is not None]
    if not found and expect:
        found = [min(item.at for item in expect) - DAY]
    if not found and ats:
        found = [min(ats) - LONGEST_DAYS * DAY]
    if not found:
        raise Refused(place, "nothing given has a moment; give at least one fact with at:")
    return min(found) // MINUTE * MINUTE, max(ats + late, default=found[0])


def _shop(node: Node | None, config: Config) -> ShopConfig:
    """Returns the config's first shop with what the test says otherwise."""
    first = config.shops[0]
    if node is None:
        return first
    keys = mapping(node, "shop", "{timezone: Europe/Warsaw, currency: PLN, country: PL, language: pl}")
    _known(keys, SHOP_KEYS)
    named = keys.get("shop")
    base = config.shop(text(named, "shop")) if named else first
    said = base.model_dump() | {key: plain(value) for key, value in ((k.text, v) for k, v in keys)}
    try:
        return read_config({"shops": [said]}).shops[0]
    except ConfigError as error:
        raise Refused(node.place, error.message.removeprefix("shops.0.")) from error


def _rules(node: Node | None, reading: Reading) -> tuple[str, ...] | None:
    if node is None:
        return None
    names = []
    for item in several(node):
        name = text(item, "rules")
        if name not in reading.rulebook.rules and name not in reading.rulebook.broken:
            raise Refused(item.place, f"unknown rule {name!r}{meant(name, reading.rulebook.rules)}")
        names.append(name)
    return tuple(names)


def _policy(node: Node | None, reading: Reading) -> Policy | None:
    if node is None:
        return None
    if isinstance(node, Scalar) and node.text == "none":
        return Policy()
    policy = read_policy(node, _scope(reading))
    if policy is None:
        raise Refused(node.place, "the policy of this test cannot be used; mend what is said about it")
    return policy


def _switch(node: Node | None) -> bool:
    if node is None:
        return False
    if isinstance(node, Scalar) and node.text in ("on", "off"):
        return node.text == "on"
    return boolean(node, "holdout")
