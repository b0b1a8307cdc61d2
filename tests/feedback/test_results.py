"""What a rule's mails led to is counted for the mailed and the held out alike."""

from __future__ import annotations

from engine.clock import MINUTE
from engine.feedback.results import Group, Results, results
from engine.rulebook.ast import Rule
from models import Decision, Message, Order, Refund
from tests.feedback.conftest import Town, at, refill

SHOWN = "2026-03-01 10:00"
WEEKLY = refill("{bought: {category: optics}, within: 7 days}")


def mailed(town: Town, name: str, when: str = SHOWN, variant: str | None = None, state: str = "sent") -> None:
    """A mail of the rule that was sent."""
    person, moment = town.people[name], at(when)
    Message.create(
        shop=town.shop, customer=person, address=person.address_id, rule="refill", purpose="marketing", template="plain",
        variant=variant, state=state, message_id=f"{name} {when} {state}", token=f"{name} {when} {state}",
        decided_at=moment, counted_at=moment, due_at=moment, expires_at=moment, not_before_at=moment, settled_at=moment,
    )  # fmt: skip


def held_out(town: Town, name: str, when: str = SHOWN, anchor: str = "a", reason: str = "holdout") -> None:
    """A mail that would have gone."""
    moment = at(when)
    Decision.create(
        shop=town.shop, customer=town.people[name], rule="refill", anchor=anchor, anchor_at=moment, due_at=moment,
        at=moment, outcome="refuse", reason=reason,
    )  # fmt: skip


def told(town: Town, rule: Rule = WEEKLY, now: str = "2026-06-01 00:00", most: int = 100) -> Results:
    return results(town.view(now, rule), rule, at("2026-02-01 00:00"), at("2026-05-01 00:00"), most)


def test_both_groups_are_counted_with_their_money(town: Town) -> None:
    mailed(town, "anna")
    mailed(town, "borys")
    held_out(town, "celina")
    town.buys("anna", "2026-03-03 12:00", total=12_000)
    town.buys("anna", "2026-03-04 12:00", category="cosmetics", total=3_000)
    town.buys("anna", "2026-03-09 12:00", total=99_900)
    town.buys("celina", "2026-03-05 12:00", total=5_000)
    found = told(town)
    assert found.mailed == Group(shown=2, led=1, customers=2, successes=1, revenue_minor=15_000)
    assert found.held_out == Group(shown=1, led=1, customers=1, successes=1, revenue_minor=5_000)
    assert found.variants == {}


def test_money_given_back_is_no_revenue(town: Town) -> None:
    mailed(town, "anna")
    order = town.buys("anna", "2026-03-03 12:00", total=12_000)
    Refund.create(
        shop=town.shop, external_id="r", external_order="x", order=order, customer=town.people["anna"],
        at=at("2026-03-20 12:00"), recorded_at=at("2026-03-20 12:00"), amount_minor=2_000,
    )  # fmt: skip
    assert told(town).mailed.revenue_minor == 10_000
    assert told(town, now="2026-03-20 11:00").mailed.revenue_minor == 12_000
    Order.update(void_at=at("2026-03-21 12:00"), void_recorded_at=at("2026-03-21 12:00")).execute()
    assert told(town).mailed.revenue_minor == 0


def test_a_customer_of_many_mails_is_one_customer_compared_from_the_first(town: Town) -> None:
    for when in ("2026-03-01 10:00", "2026-03-15 10:00", "2026-04-01 10:00"):
        mailed(town, "anna", when)
        held_out(town, "celina", when)
    town.buys("anna", "2026-03-16 12:00")
    found = told(town)
    assert (found.mailed.shown, found.mailed.led) == (3, 1)
    assert (found.mailed.customers, found.mailed.successes, found.mailed.revenue_minor) == (1, 0, 0)
    assert (found.held_out.shown, found.held_out.customers) == (3, 1)


def test_what_would_have_been_one_mail_is_held_out_once(town: Town) -> None:
    held_out(town, "celina", anchor="one")
    held_out(town, "celina", anchor="two")
    assert told(town).held_out.shown == 1


def test_whoever_was_refused_for_another_reason_is_not_compared(town: Town) -> None:
    held_out(town, "celina", reason="no_consent")
    mailed(town, "anna", state="cancelled")
    assert told(town) == Results(Group(), Group())


def test_only_the_stretch_counts(town: Town) -> None:
    mailed(town, "anna", "2026-01-31 23:59")
    mailed(town, "borys", "2026-02-01 00:00")
    mailed(town, "celina", "2026-05-01 00:00")
    assert told(town).mailed.shown == 1


def test_variants_stand_beside_one_another(town: Town) -> None:
    mailed(town, "anna", variant="a")
    mailed(town, "borys", variant="b")
    town.buys("borys", "2026-03-03 12:00", total=4_000)
    found = told(town)
    assert found.variants == {
        "a": Group(shown=1, customers=1),
        "b": Group(shown=1, led=1, customers=1, successes=1, revenue_minor=4_000),
    }


def test_a_window_that_is_not_over_is_open_and_compared_later(town: Town) -> None:
    mailed(town, "anna")
    town.buys("anna", "2026-03-03 12:00")
    early = told(town, now="2026-03-08 10:00").mailed
    assert (early.led, early.customers, early.successes, early.open) == (1, 0, 0, 1)
    assert told(town, now="2026-03-08 10:01").mailed.customers == 1


def test_of_very_many_mails_every_so_manieth_customer_is_looked_at_in_all_groups(town: Town) -> None:
    for name in ("anna", "borys", "celina"):
        mailed(town, name)
        held_out(town, name)
    found = told(town, most=2)
    kept = sum(town.id(name) % 2 == 0 for name in town.people)
    assert (found.every, found.sent, found.mailed.shown, found.held_out.shown) == (2, 3, kept, kept)


def test_a_stretch_of_many_mails_is_not_asked_one_by_one(town: Town) -> None:
    start, person = at(SHOWN), town.people["anna"]
    Message.insert_many([
        {"shop": town.shop, "customer": person, "address": person.address_id, "rule": "refill", "purpose": "marketing",
         "template": "plain", "state": "sent", "message_id": str(n), "token": str(n), "settled_at": start + n * MINUTE,
         **dict.fromkeys(("decided_at", "counted_at", "due_at", "expires_at", "not_before_at"), start)}
        for n in range(600)
    ]).execute()  # fmt: skip
    statements: list[str] = []
    database = town.store.database
    execute = database.execute_sql
    database.execute_sql = lambda sql, *more, **named: (statements.append(sql), execute(sql, *more, **named))[
        1
    ]
    try:
        assert told(town, most=10_000).mailed.shown == 600
    finally:
        database.execute_sql = execute
    assert len(statements) < 15
