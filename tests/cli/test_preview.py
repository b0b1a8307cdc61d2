"""`server.py preview` says whom a rule will concern and what an edit changes, and writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import models
from engine.store import open_store
from models import Caught, Message
from tests.cli.desk import REFILL, Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A home whose clock shows 15 January, with three customers' history and one published rule."""
    found = new_desk(tmp_path, database_url, capsys)
    found.done("tick")
    return found


def previewed(desk: Desk, *words: str) -> dict[str, Any]:
    (found,) = desk.json("preview", *(words or ("refill",)))
    return found  # type: ignore[no-any-return]


def written(database_url: str) -> dict[str, int]:
    """How many rows each table has."""
    store = open_store(database_url)
    with store.use():
        found = {table._meta.table_name: table.select().count() for table in models.TABLES}
    store.close()
    return found


def test_it_counts_who_falls_due_today_and_in_seven_and_thirty_days(desk: Desk) -> None:
    found = previewed(desk)
    assert [found["due"][span]["customers"] for span in ("today", "7 days", "30 days")] == [0, 1, 2]
    assert found["first"] == [
        {"customer": "anna", "due": "2026-01-21 12:00"}, {"customer": "borys", "due": "2026-01-30 12:00"},
    ]  # fmt: skip
    assert found["mails"][0]["subject"] == "Time again"


def test_it_looks_as_far_ahead_as_it_is_told_and_from_any_moment(desk: Desk) -> None:
    assert list(previewed(desk, "refill", "--days", "10")["due"]) == ["today", "7 days", "10 days"]
    found = previewed(desk, "refill", "--at", "2026-01-21 00:00")
    assert found["due"]["today"]["customers"] == 1
    assert desk.call("preview", "refill", "--days", "0")[0] == 2


def test_it_says_whom_an_edit_gains_and_loses(desk: Desk) -> None:
    desk.write(REFILL.replace("bought: any", "bought: {product: B}"))
    change = previewed(desk)["against_published"]
    assert (change["change"], change["gained"], change["lost"]) == ("changed", 0, 1)
    assert change["first_lost"] == ["anna@example.com"]
    said = desk.done("preview", "refill")
    assert "against the published rule: 0 customers gained, 1 lost" in said
    assert "lost: anna@example.com" in said


def test_an_edit_of_words_alone_gains_and_loses_nobody(desk: Desk) -> None:
    assert "nothing differs" in desk.done("preview", "refill")
    desk.write(REFILL.replace("Time again", "Once more"))
    assert "only words differ" in desk.done("preview", "refill")


def test_a_rule_by_the_calendar_counts_everybody_whom_it_asks(desk: Desk) -> None:
    desk.write(
        "- {rule: weekly, when: {every: 'monday at 10:00'}, who: {bought: {product: B}}, send: plain, note: x}\n",
        "weekly.yaml",
    )
    found = previewed(desk, "weekly")
    assert found["due"]["7 days"] == {"anchors": 2, "customers": 2}
    assert found["due"]["30 days"] == {"anchors": 8, "customers": 2}
    assert {each["customer"] for each in found["first"]} == {"borys", "celina"}
    assert found["against_published"]["gained"] == 2


def test_it_writes_nothing(desk: Desk, database_url: str) -> None:
    before = written(database_url)
    desk.write(REFILL.replace("20", "21"))
    previewed(desk)
    assert written(database_url) == before


def test_one_customers_mail_is_shown_and_written_to_a_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mail.html"
    found = previewed(desk, "refill", "--customer", "borys@example.com", "--html", str(file))
    assert [each["customer"] for each in found["first"]] == ["borys"]
    assert [each["customer"] for each in found["mails"]] == ["borys"]
    assert "<html" in file.read_text("utf-8").lower()


def test_a_customer_whom_it_does_not_concern_is_said_so_and_where_to_look(desk: Desk) -> None:
    code, _, err = desk.call("preview", "refill", "--customer", "celina")
    assert code == 2
    assert "explain celina --rule refill" in err
    assert desk.call("preview", "refill", "--customer", "zenon")[0] == 2


def test_a_colleague_gets_the_mail_marked_and_without_links_that_act(desk: Desk, database_url: str) -> None:
    said = desk.done("preview", "refill", "--to", "jolanta@optyk.example")
    assert "anna's mail to jolanta@optyk.example: sent" in said
    store = open_store(database_url)
    with store.use():
        mail = Caught.get()
        assert (mail.to, Message.select().count()) == ("jolanta@optyk.example", 0)
    store.close()
    assert mail.subject == "[preview] Time again"
    assert "List-Unsubscribe" not in mail.raw
    assert "anna@example.com" not in mail.raw


@pytest.mark.parametrize("wrong", ["jolanta", "jolanta@", "a b@c.pl", "x@y.pl\nBcc: z@y.pl"])
def test_a_colleague_who_has_no_address_is_refused(desk: Desk, wrong: str) -> None:
    code, _, err = desk.call("preview", "refill", "--to", wrong)
    assert code == 2
    assert "--to:" in err


def test_where_nobody_is_concerned_there_is_nothing_to_send(desk: Desk) -> None:
    code, _, err = desk.call("preview", "refill", "--at", "2026-06-01", "--to", "jolanta@optyk.example")
    assert (code, "concerns nobody" in err) == (2, True)


def test_what_nobody_can_foresee_is_said_so(desk: Desk) -> None:
    desk.write("vip: {spent: {at_least: 2000 PLN, within: 365 days}}\n", "segments.yaml")
    desk.write("- {rule: welcome, when: {enters: vip}, send: plain, note: x}\n", "vip.yaml")
    code, _, err = desk.call("preview", "welcome")
    assert (code, "nobody can foresee" in err) == (2, True)


def test_an_unknown_rule_is_named_with_the_nearest_one(desk: Desk) -> None:
    code, _, err = desk.call("preview", "refil")
    assert code == 2
    assert "did you mean 'refill'" in err
