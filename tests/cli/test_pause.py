"""`server.py pause`, `resume` and `release`: what stands still, what cannot be called back, who did it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.store import open_store
from models import Act, RuleState
from tests.cli.desk import REFILL, Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A home in which Anna's mail stands in the queue."""
    found = new_desk(tmp_path, database_url, capsys)
    found.done("tick")
    found.done("clock", "2026-01-21 12:00")
    found.done("tick")
    return found


@pytest.mark.parametrize("what", ["refill", "rule:refill", "marketing", "all"])
def test_what_is_paused_does_not_go_out_and_goes_once_it_is_resumed(desk: Desk, what: str) -> None:
    met = desk.json("pause", what)
    assert (met["paused"], met["waiting"], met["sending"]) == (what, 1, 0)
    assert desk.json("send") == {}
    desk.done("resume", what)
    assert desk.json("send") == {"sent": 1}


def test_it_says_in_words_what_waits_and_warns_where_mails_about_orders_stop(desk: Desk) -> None:
    said = desk.done("pause", "refill")
    assert "paused rule refill" in said
    assert "1 queued mails and 0 held candidates wait until it is resumed or they expire" in said
    assert "warning" not in said
    for about_orders in ("all", "transactional"):
        assert "this stops mails about orders too" in desk.done("pause", about_orders)
    desk.write(REFILL.replace("rule: refill", "rule: thanks, purpose: transactional"), "thanks.yaml")
    assert "this stops mails about orders too" in desk.done("pause", "thanks")


def test_a_paused_rule_decides_nothing_until_it_is_resumed(desk: Desk) -> None:
    desk.done("pause", "refill")
    desk.done("clock", "2026-01-30 12:00")
    assert desk.json("tick")["optyk"]["due"] == 0
    desk.done("resume", "refill")
    assert desk.json("tick")["optyk"]["due"] == 0  # what fell due meanwhile is lost


def test_what_nobody_knows_is_refused_with_what_there_is(desk: Desk) -> None:
    code, _, err = desk.call("pause", "refil")
    assert code == 2
    assert "known: all, marketing, newsletter, transactional, refill" in err


def test_the_log_says_who_did_it(desk: Desk, database_url: str) -> None:
    desk.done("pause", "refill", "--author", "jolanta")
    desk.done("resume", "refill", "--author", "piotr")
    store = open_store(database_url)
    with store.use():
        rows = [(row.author, row.act, row.what, row.channel) for row in Act.select().order_by(Act.id)]
    store.close()
    assert [row for row in rows if row[1] in ("pause", "resume")] == [
        ("jolanta", "pause", "refill", "command"), ("piotr", "resume", "refill", "command"),
    ]  # fmt: skip


def test_a_release_says_how_many_waited_and_is_a_finding_where_nothing_was_braked(
    desk: Desk, database_url: str
) -> None:
    code, out, _ = desk.call("release", "refill")
    assert (code, out.strip()) == (1, "refill is not braked")
    store = open_store(database_url)
    with store.use():
        RuleState.update(braked_at=1).where(RuleState.rule == "refill").execute()
    store.close()
    assert "released refill: 0 candidates that waited are asked again" in desk.done("release", "refill")
    assert desk.call("release", "refil")[0] == 2
