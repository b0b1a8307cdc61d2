"""`server.py backtest` says what rules would have done, goes on where it was stopped, and leaves the home as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import models
from engine.cli import backtest
from engine.rehearsal.backtest import play as playing
from engine.rehearsal.backtest.scratch import OUTCOMES
from engine.store import open_store
from tests.cli.desk import REFILL, Desk

AUTUMN = ("backtest", "--from", "2025-10-01", "--to", "2025-12-31")


def outcome_of(desk: Desk, *words: str) -> dict[str, Any]:
    """The first shop's outcome."""
    return dict(desk.json(*AUTUMN, *words)["shops"][0])


def written(database_url: str) -> dict[str, int]:
    """How many rows each table has, and which schemas there are."""
    store = open_store(database_url)
    with store.use():
        found = {table._meta.table_name: table.select().count() for table in models.TABLES}
        if store.postgresql:
            rows = store.database.execute_sql(
                "select nspname from pg_namespace where left(nspname, 8) = 'backtest'"
            )
            found |= {name: 1 for (name,) in rows.fetchall()}
    store.close()
    return found


def test_it_counts_mails_by_day_and_who_then_reached_the_goal(desk: Desk) -> None:
    (rule,) = outcome_of(desk)["rules"]
    assert rule["by_day"] == {
        "2025-10-25": 1,
        "2025-10-30": 1,
        "2025-11-15": 1,
        "2025-11-21": 1,
        "2025-12-14": 1,
    }
    assert (rule["mails"], rule["customers"], rule["waiting"]) == (5, 3, 0)
    groups = rule["goal"].values()
    assert sum(group["mails"] for group in groups) == 5
    assert sum(group["reached"] for group in groups) == 2  # Anna on 26 October, Celina on 24 November


def test_the_home_is_left_as_it_was(desk: Desk, database_url: str) -> None:
    before = written(database_url)
    desk.done(*AUTUMN)
    assert written(database_url) == before
    assert list((desk.folder / "var" / "backtest").glob("*")) == [] or "postgresql" in database_url


def test_only_one_rule_is_played_with_the_whole_policy(desk: Desk) -> None:
    desk.write("- {rule: thanks, when: {bought: any}, send: plain, priority: 90}\n", "thanks.yaml")
    desk.write("caps: [{at_most: 1 per 30 days}]\n", "policy.yaml")
    both = {rule["rule"]: rule for rule in outcome_of(desk)["rules"]}
    assert (both["thanks"]["mails"], both["refill"]["mails"]) == (5, 1)
    assert (both["refill"]["held"], both["refill"]["expired"]) == ({"capped": 4}, 4)
    (alone,) = outcome_of(desk, "--rule", "refill")["rules"]
    assert (alone["rule"], alone["mails"], alone["held"]) == ("refill", 4, {"capped": 2})


def test_two_rulebooks_stand_side_by_side(desk: Desk, tmp_path: Path) -> None:
    desk.done("publish", "--author", "anna")
    desk.write(REFILL.replace("bought: any", "bought: {product: B}"))
    found = outcome_of(desk)
    (rule, everything) = found["compared_with"]["difference"]
    assert rule == {"rule": "refill", "before": 5, "after": 3, "difference": -2, "gained": 0, "lost": 1}
    assert everything | {"rule": "refill"} == rule
    assert found["published"]["mails"] == 5
    said = desk.done(*AUTUMN)
    assert "mails by rule  published" in said
    assert "customers gained" in said


def test_it_says_plainly_that_this_proves_no_effect_and_what_was_not_kept(desk: Desk) -> None:
    said = desk.done(*AUTUMN)
    assert "Nobody was mailed in the past" in said
    assert "none of this proves that a mail has an effect" in said
    assert "no former fields of customers are kept" in said
    assert "at the start nobody has had a mail" in said


class Killed(Exception):
    """Stands for kill -9: nothing after it runs."""


def test_after_a_kill_the_same_command_goes_on_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = outcome_of(desk)
    days: list[int] = []
    a_day = playing.Steps.day

    def dying(steps: Any, after: int, until: int) -> None:
        days.append(until)
        a_day(steps, after, until)
        if len(days) == 40:
            raise Killed  # in the middle of the 40th day: it is played again

    monkeypatch.setattr(playing.Steps, "day", dying)
    with pytest.raises(Killed):
        desk.call(*AUTUMN, "--json")
    assert outcome_of(desk) == whole
    assert len(days) == 40 + 92 - 39


def test_fresh_starts_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    a_day = playing.Steps.day
    monkeypatch.setattr(backtest, "outcome", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        desk.call(*AUTUMN, "--json")
    monkeypatch.undo()
    monkeypatch.setattr(playing.Steps, "day", lambda *day: (counted.append(1), a_day(*day)))
    assert outcome_of(desk)["mails"] == 5
    assert counted == []
    assert outcome_of(desk, "--fresh")["mails"] == 5
    assert len(counted) == 92


def test_what_was_really_sent_on_those_days_counts_for_nothing_but_before_them_it_does(desk: Desk) -> None:
    desk.write(REFILL.replace("send:", "once: ever, send:"))
    assert outcome_of(desk)["mails"] == 3
    desk.done("clock", "2026-01-16T12:00")
    desk.done("tick")  # Anna's order of 20 December has its mail on 9 January; the clock began on the 15th
    sent = desk.json("backtest", "--from", "2026-01-01", "--to", "2026-01-14")["shops"][0]
    assert sent["mails"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2025-13-01", "--to", "2025-12-31"), "--from '2025-13-01' is no day"),
        (("--from", "yesterday", "--to", "2025-12-31"), "write it as 2026-01-31"),
        (("--from", "2025-12-31", "--to", "2025-12-01"), "--from 2025-12-31 is after --to 2025-12-01"),
        (("--from", "2026-01-01", "--to", "2026-01-16"), "--to 2026-01-16 is still to come"),
        (("--from", "2024-01-01", "--to", "2024-12-31"), "nothing is known of optyk before 2025-10-05"),
        ((*AUTUMN[1:], "--rule", "refil"), "unknown rule 'refil'; did you mean 'refill'?"),
        ((*AUTUMN[1:], "--shop", "optik"), "no shop is called 'optik'; known: optyk"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_tested_is_said_with_what_to_do(desk: Desk, words: tuple[str, ...], said: str) -> None:
    code, _, error = desk.call("backtest", *words)
    assert code == 2
    assert said in error


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_broken_rule_is_left_out_and_named(desk: Desk) -> None:
    desk.write("- {rule: odd, wen: {bought: any}, send: plain}\n", "odd.yaml")
    code, out, error = desk.call(*AUTUMN, "--json")
    assert code == 1
    assert '"broken": [\n  "odd"\n ]' in out
    assert "odd is broken and was left out" in error


def test_every_table_is_either_the_shops_or_the_backtests() -> None:
    """Whoever adds a table that a tick writes must add it to OUTCOMES, else a backtest would write into the home."""
    read_only = {
        "Shop", "ZoneInUse", "Address", "Customer", "CustomerVersion", "ConsentChange", "Product", "ProductVersion",
        "PriceDay", "Order", "OrderVersion", "Line", "Refund", "RefundLine", "Event", "RulebookVersion", "Publication",
        "Act", "RuleDay", "Coupon", "PoolCode", "Together", "Source", "ApiKey", "Idempotency", "Role", "User", "UserRole",
        "Caught", "Link", "Click", "Feedback", "Suppression", "FeedbackCount", "SeenToken", "MailboxRead", "LedgerHead",
            "Overdue", "Pace", "RefusedMessage", "Pull", "Cart", "Tally", "Visitor", "Visit", "VisitPage", "Endpoint", "Notice",
        "GoalLook",
    }  # fmt: skip
    known = read_only | {table.__name__ for table in OUTCOMES}
    unsorted = {table.__name__ for table in models.TABLES} ^ known
    assert not unsorted, (
        "name it here if no tick writes it, else in OUTCOMES of engine/rehearsal/backtest/scratch.py"
    )
