"""`server.py publish` records who published what, says beforehand whom it gains and loses, and rolls back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import REFILL, Desk, new_desk

EARLIER = REFILL.replace("20 days", "10 days")


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A home at noon of 15 January whose folder counts by itself."""
    return new_desk(tmp_path, database_url, capsys)


@pytest.fixture
def by_hand(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The same home where only what somebody has published counts."""
    return new_desk(tmp_path, database_url, capsys, "rules: {publish: by_hand}\n")


def sent_by(desk: Desk) -> int:
    return int(desk.json("tick")["optyk"]["messages"])


def test_an_edited_folder_counts_by_itself_and_the_list_says_so(desk: Desk) -> None:
    desk.done("tick")
    desk.write(EARLIER)
    desk.done("tick")
    newest, first = desk.json("publish", "--list")
    assert (newest["author"], newest["changed"]) == (None, {"refill": "changed"})
    assert first["changed"] == {"refill": "added"}


def test_publishing_records_author_note_time_and_text(desk: Desk) -> None:
    done = desk.json("publish", "--author", "jolanta", "--note", "twenty days")
    (listed,) = desk.json("publish", "--list")
    assert (listed["version"], listed["author"], listed["note"]) == (
        done["version"],
        "jolanta",
        "twenty days",
    )
    assert listed["at"].startswith("2026-01-15T12:00")
    assert "jolanta  twenty days" in desk.done("publish", "--list")


def test_by_hand_an_edit_of_the_folder_does_nothing_until_somebody_publishes_it(by_hand: Desk) -> None:
    by_hand.done("publish", "--author", "jolanta")
    by_hand.write(REFILL.replace("bought: any, after: 20 days", "signed_up: any, after: 1 minute"))
    by_hand.done("tick")
    assert len(by_hand.json("publish", "--list")) == 1
    by_hand.done("publish")
    by_hand.done("clock", "2026-01-21 12:00")
    assert (
        sent_by(by_hand) == 0
    )  # Anna's twenty days are over today, but the published rule no longer asks for them


def test_by_hand_nothing_acts_before_the_first_publication_and_the_log_says_so(by_hand: Desk) -> None:
    code, out, err = by_hand.call("tick")
    assert (code, "0 due" in out) == (0, True)
    assert "no rulebook is published" in err


def test_a_dry_run_names_who_would_be_gained_and_lost_and_writes_nothing(desk: Desk) -> None:
    desk.done("tick")
    desk.write(REFILL.replace("bought: any", "bought: {product: B}").replace("20 days", "80 days"))
    (found,) = desk.json("publish", "--dry-run")
    (rule,) = found["rules"]
    assert (rule["rule"], rule["change"]) == ("refill", "changed")
    assert rule["days"]["7"] == {
        "gained": 1, "lost": 1, "first_gained": ["celina@example.com"], "first_lost": ["anna@example.com"],
    }  # fmt: skip
    assert rule["days"]["30"]["lost"] == 2
    said = desk.done("publish", "--dry-run")
    assert "~ refill is changed" in said
    assert "lost: anna@example.com, borys@example.com" in said
    assert len(desk.json("publish", "--list")) == 1


def test_a_dry_run_counts_what_waits_and_would_be_cancelled_with_a_rule_that_goes(desk: Desk) -> None:
    desk.done("clock", "2026-01-21 12:00")
    assert sent_by(desk) == 1  # Anna's mail stands in the queue
    desk.write("quiet_hours: {from: '11:00', to: '13:00'}\n", "policy.yaml")
    desk.done("clock", "2026-01-30 12:00")
    assert sent_by(desk) == 0  # Borys' candidate waits for the end of quiet hours
    desk.write("[]\n")
    (found,) = desk.json("publish", "--dry-run")
    (rule,) = found["rules"]
    assert (rule["change"], rule["cancelled"]) == ("removed", {"held": 1, "queued": 1})
    assert "would be cancelled: 1 held candidates, 1 queued mails" in desk.done("publish", "--dry-run")


def test_a_dry_run_says_what_is_added_turned_off_said_in_other_words_and_broken(desk: Desk) -> None:
    desk.write(
        "- {rule: hello, when: {signed_up: any, after: 1 day}, send: plain, note: x}\n"
        "- {rule: bye, when: {inactive: 90 days}, send: plain, note: x}\n", "more.yaml",
    )  # fmt: skip
    desk.done("tick")
    desk.write(REFILL.replace("Time again", "Once more"))
    desk.write(
        "- {rule: hello, active: false, when: {signed_up: any, after: 1 day}, send: plain, note: x}\n"
        "- {rule: bye, wen: {inactive: 90 days}, send: plain, note: x}\n"
        "- {rule: monday, when: {every: 'monday at 10:00'}, who: {orders: '>= 1'}, send: plain, note: x}\n", "more.yaml",
    )  # fmt: skip
    (found,) = desk.json("publish", "--dry-run")
    kinds = {each["rule"]: each["change"] for each in found["rules"]}
    assert kinds == {"hello": "off", "monday": "added", "refill": "words"}
    assert found["broken"] == ["bye"]
    (monday,) = (each for each in found["rules"] if each["rule"] == "monday")
    assert monday["days"]["7"]["gained"] == 3


def test_rolling_back_puts_the_old_files_back_so_that_the_folder_does_not_win_again(desk: Desk) -> None:
    desk.done("publish", "--author", "jolanta")
    old = desk.json("publish", "--list")[0]["version"]
    desk.write(EARLIER)
    desk.write("- {rule: hello, when: {signed_up: any}, send: plain, note: x}\n", "hello.yaml")
    desk.done("tick")
    desk.done("publish", "--version", old[:8], "--author", "piotr")
    assert (desk.rules / "refill.yaml").read_text("utf-8") == REFILL
    assert not (desk.rules / "hello.yaml").exists()
    desk.done("tick")
    newest = desk.json("publish", "--list")[0]
    assert (newest["version"], newest["author"], newest["note"]) == (old, "piotr", f"back to {old[:12]}")


def test_rolling_back_does_not_throw_away_edits_that_were_never_published(desk: Desk) -> None:
    desk.done("publish")
    old = desk.json("publish", "--list")[0]["version"]
    desk.write(EARLIER)
    code, _, err = desk.call("publish", "--version", old)
    assert code == 2
    assert "never published" in err
    assert (desk.rules / "refill.yaml").read_text("utf-8") == EARLIER
    desk.done("publish", "--version", old, "--overwrite")
    assert (desk.rules / "refill.yaml").read_text("utf-8") == REFILL


def test_an_unknown_or_too_short_hash_is_refused(desk: Desk) -> None:
    desk.done("publish")
    for wrong in ("abc", "ffffffffffff0000"):
        code, _, err = desk.call("publish", "--version", wrong)
        assert (code, "publish --list" in err) == (2, True)


def test_one_broken_rule_is_published_as_it_last_ran_and_nothing_at_all_is_refused(desk: Desk) -> None:
    desk.done("publish")
    desk.write(REFILL.replace("when", "wen"))
    said = desk.done("publish", "--author", "jolanta")
    assert "keeps running as last published" in said
    assert "did you mean 'when'" in said
    desk.done("clock", "2026-01-21 12:00")
    assert sent_by(desk) == 1


def test_a_rulebook_of_which_nothing_can_run_is_refused(by_hand: Desk) -> None:
    by_hand.write(REFILL.replace("when", "wen"))
    code, out, _ = by_hand.call("publish")
    assert code == 1
    assert "refused: no rule of it can run" in out
    assert by_hand.done("publish", "--list").strip() == "nothing was published yet"


def test_a_broken_policy_with_none_before_it_is_refused(by_hand: Desk) -> None:
    by_hand.write("caps: [{at_most: 0 per 3 days}]\n", "policy.yaml")
    code, out, _ = by_hand.call("publish")
    assert (code, "the policy is broken" in out) == (1, True)


def test_publishing_a_rulebook_without_a_rule_stops_what_that_rule_has_queued_at_once(by_hand: Desk) -> None:
    by_hand.done("publish")
    by_hand.done("clock", "2026-01-21 12:00")
    assert sent_by(by_hand) == 1
    by_hand.write("- {rule: other, when: {signed_up: any}, send: plain, note: x}\n")
    by_hand.done("publish")
    assert by_hand.json("send") == {}
