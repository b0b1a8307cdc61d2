"""Why a rule test went as it did: the conditions of the rule at the minute of each mail that is missing, too much or other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.config import Config
from engine.matching.view import View
from engine.policy.compiled import compile_policy
from engine.policy.history import Draw
from engine.rehearsal.cases import Expected
from engine.rehearsal.explaining.explain import Asking, explain
from engine.rehearsal.explaining.model import Explained
from engine.rehearsal.moments import Moments
from engine.rehearsal.simulate import TEST_KEY, Sent, simulate
from engine.rehearsal.stand import fresh_store
from engine.rehearsal.verdict import Verdict
from engine.reports.explained.tell import name_of, rule_text, speaker_of
from engine.rulebook.ast import Rulebook
from engine.store import Store
from engine.tick import Speaks
from models import Customer

MOST = 3  # of each sort: what went wrong alike has one reason
Asked = tuple[int, str, str | None]  # minute, rule, customer; None: whoever the test is about


def trace(
    verdict: Verdict, config: Config, rulebook: Rulebook, speaks: Speaks = lambda due: True
) -> list[str]:
    """Plays a failed test up to each minute that went otherwise, and asks the rule there, condition by condition."""
    lines: list[str] = []
    asked_of = list(dict.fromkeys(_asked_of(verdict)))
    for asked in asked_of:
        barred = _barred(verdict, asked)
        found = [] if barred else _explained(verdict, config, rulebook, speaks, asked)
        told = [line for each in found for line in _told(verdict, each, len(asked_of) + len(found) > 2)]
        lines += told or [barred or f"{asked[2] or 'nobody'} is {'not ' if asked[2] else ''}known by then"]
    return [f"  why: {line}" for line in lines]


def _told(verdict: Verdict, found: Explained, named: bool) -> Iterator[str]:
    """Yields what is said of one customer, under a name and minute where others are told of too."""
    shop = verdict.case.shop
    if named:
        yield f"{name_of(found)} at {Moments(shop.timezone).shown(found.at)}:"
    yield from rule_text(found, speaker_of(found, "en", shop.currency))


def _asked_of(verdict: Verdict) -> Iterator[Asked]:
    """Yields what went otherwise: what is missing, what is too much, and mails with other words."""
    mails: list[list[Expected] | list[Sent]] = [verdict.missing, verdict.unexpected, verdict.differing]
    for some in mails:
        yield from ((one.at, one.rule, one.to) for one in some[:MOST])


def _explained(
    verdict: Verdict, config: Config, rulebook: Rulebook, speaks: Speaks, asked: Asked
) -> list[Explained]:
    """Asks about the minute as it stood at its end; of a mail that went out, as it stood when that was decided."""
    store, before, after, (at, rule, to) = fresh_store(), list[Explained](), list[Explained](), asked

    def ask(view: View, found: list[Explained]) -> None:
        found.extend(_ask(view, rule, to, store, verdict.case.holdout, speaks))

    try:
        simulate(
            replace(verdict.case, until=at), config, rulebook, store=store, speaks=speaks,
            peek=lambda view: ask(view, before), watch=lambda view: ask(view, after),
        )  # fmt: skip
    finally:
        store.close()
    return before if any(_goes(each) for each in before) else after


def _goes(found: Explained) -> bool:
    """Says that a mail of the rule is decided on in the minute that is asked about, and not before it."""
    verdicts = [anchor.verdict for rule in found.rules for anchor in rule.anchors]
    return any(verdict.code == "send" and not verdict.decided for verdict in verdicts)


def _ask(
    view: View, rule: str, to: str | None, store: Store, holdout: bool, speaks: Speaks
) -> list[Explained]:
    known = view.rulebook.rules.get(rule)
    if known is None:
        return []
    people = Customer.select().order_by(Customer.id)
    people = people.limit(MOST) if to is None else people.where(Customer.external_id == to)
    draw = Draw(TEST_KEY, holdout)
    asking = Asking(store, view, compile_policy(view.rulebook.policy), draw, view.now, speaks)
    return [explain(asking, row, [known]) for row in people]


def _barred(verdict: Verdict, asked: Asked) -> str | None:
    """Says why a rule cannot be asked at all; None where it can."""
    (at, rule, _), case = asked, verdict.case
    moments = Moments(case.shop.timezone)
    if case.rules is not None and rule not in case.rules:
        return f"this test does not play {rule}; name it in rules:"
    if at < case.start:
        return f"the clock starts at {moments.shown(case.start)}, the earliest moment given"
    if at > case.until:
        return f"the test ends at {moments.shown(case.until)}; write a later until:"
    return None
