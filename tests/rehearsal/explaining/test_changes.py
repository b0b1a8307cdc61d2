"""The moment at which time alone changes an answer: not a minute earlier or later, and where none is named, never."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import DAY, HOUR, MINUTE
from engine.errors import Place
from engine.matching.view import View
from engine.rehearsal.cases import Case
from engine.rehearsal.explaining.changes import Changes
from engine.rehearsal.explaining.conditions import ask_customer, flat
from engine.rehearsal.explaining.model import Asked
from engine.rehearsal.simulate import simulate
from models import Customer
from tests.reference.histories_drawn import story
from tests.reference.story import config

LATER = (MINUTE, HOUR, DAY, 6 * DAY, 29 * DAY, 89 * DAY, 200 * DAY, 365 * DAY)


def wrong(view: View) -> Iterator[str]:
    """Every part of every rule's `who` whose foretold moment is not where its answer changes."""
    for customer in list(Customer.select()):
        scope = view.scope(customer.zone)
        changes = Changes(customer, scope)
        for rule in view.rules():
            if rule.who is not None:
                asked = changes.dated(ask_customer(rule.who, customer, scope))
                yield from _wrong(asked, changes, f"{customer.external_id} {rule.id}")


def _wrong(asked: Asked | None, changes: Changes, whose: str) -> Iterator[str]:
    assert asked is not None
    now = changes.scope.now
    for moment in {now + span for span in LATER} | {p.changes_at or now for p in flat(asked)}:
        for shift in (-MINUTE, 0):
            at = max(moment + shift, now)
            then = ask_customer(asked.what, changes.customer, changes.scope.at(at))  # type: ignore[arg-type]
            for part, later in zip(flat(asked), flat(then), strict=True):
                still = part.changes_at is None or at < part.changes_at
                if still and (later.holds is True) != (part.holds is True):
                    yield f"{whose} at {at}: {part.what} is {later.holds}, said {part.holds} until {part.changes_at}"
                if at == part.changes_at and later.holds is not part.becomes:
                    yield f"{whose} at {at}: {part.what} is {later.holds}, said to become {part.becomes}"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 100_000))
def test_an_answer_changes_when_it_was_said_to_and_not_before(seed: int) -> None:
    told, found = story(seed), list[str]()
    given_ = tuple(item for item in told.given if item.kind != "reinstated")
    last = max(item.at or told.start for item in given_)  # while windows are still open
    case = Case("a story", told.shop, None, None, given_, told.start, last, (), False, Place("story"))
    simulate(case, config(), told.books[0][1], watch=lambda view: found.extend(wrong(view)))
    assert found == []
