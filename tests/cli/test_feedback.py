"""`server.py feedback` and `suppression`: what a mail server pipes, and what an operator does about an address."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.cli.home import site_key
from engine.delivery.verp import return_path
from engine.store import open_store
from models import Act, Address, Customer, Message, Suppression
from tests.cli.desk import Desk, new_desk
from tests.feedback import samples
from tests.house.tracked import ROOT


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return new_desk(tmp_path, database_url, capsys)


def sent_to(desk: Desk, url: str, email: str = "anna@example.com") -> str:
    """Writes down a mail that has left, and returns its return path."""
    store = open_store(url)
    with store.use():
        anna = Customer.get(Customer.email == email)
        at = 1_768_471_200_000_000  # 2026-01-15 10:00 UTC
        row = Message.create(
            shop=anna.shop_id, customer=anna, address=anna.address_id, rule="refill", purpose="marketing", template="plain",
            state="sent", message_id="<1@optyk.example>", token="t" * 22, decided_at=at, counted_at=at, due_at=at,
            expires_at=at, not_before_at=at, sending_at=at, settled_at=at,
        )  # fmt: skip
    store.close()
    return return_path("bounces@optyk.example", site_key(desk.folder / "var"), row.id)


def pipe(desk: Desk, raw: bytes, monkeypatch: pytest.MonkeyPatch, *more: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw), isatty=lambda: False))
    return desk.call("feedback", *more)


def test_a_bounce_that_is_piped_suppresses_and_a_person_lets_go_again(
    desk: Desk, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = samples.postfix(sent_to(desk, database_url))
    assert pipe(desk, told, monkeypatch)[:2] == (0, "hard\n")
    assert pipe(desk, told, monkeypatch, "--json")[:2] == (0, '{"feedback": "repeated"}\n')
    assert pipe(desk, b"\xff\x00nonsense", monkeypatch)[:2] == (0, "ignored\n")
    assert desk.json("suppression", "list")[0] == {
        "address": "anna@example.com", "reason": "hard_bounce", "since": "2026-01-15T11:00:00+00:00", "until": None,
    }  # fmt: skip
    assert desk.done("suppression", "list", "--reason", "spam_report") == ""
    assert "hard_bounce" in desk.done("suppression", "show", "anna")
    said = ("--because", "She has a new mailbox there", "--author", "jolanta")
    assert desk.done("suppression", "lift", "ANNA@example.com", *said) == "lifted: anna@example.com\n"
    assert desk.call("suppression", "lift", "anna", *said)[0] == 1
    assert "by jolanta: She has a new mailbox there" in desk.done("suppression", "show", "anna@example.com")
    assert "repeated" in desk.done("feedback", "--counts")
    assert {(row["source"], row["what"]): row["number"] for row in desk.json("feedback", "--counts")} == {
        ("pipe", "hard"): 1,
        ("pipe", "repeated"): 1,
        ("pipe", "ignored"): 1,
    }


def test_an_address_may_be_suppressed_before_anybody_has_it(desk: Desk, database_url: str) -> None:
    assert desk.done("suppression", "add", "press@example.org", "--because", "a lawyer's letter") == (
        "suppressed: press@example.org\n"
    )
    assert desk.call("suppression", "add", "press@example.org")[0] == 1
    store = open_store(database_url)
    with store.use():
        assert Address.get(Address.email == "press@example.org").suppressed_reason == "by_hand"
        assert Suppression.get().note == "a lawyer's letter"
        assert [row.act for row in Act.select() if "suppress" in row.act] == ["suppress"]
    store.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_done_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no mail has ever been meant" in desk.call("suppression", "lift", "nobody@example.com")[2]
    assert "no customer" in desk.call("suppression", "show", "nobody")[2]
    assert "whose address" in desk.call("suppression", "show")[2]
    assert "names no feedback.imap" in desk.call("feedback", "--mailbox")[2]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert desk.call("feedback")[0] == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mail_that_cannot_be_kept_is_left_to_the_mail_server_to_try_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = desk.folder / "config.yaml"
    config.write_text(config.read_text().replace("sqlite:///", "sqlite:////nowhere"))
    code, _, error = pipe(desk, b"Subject: x\r\n\r\n", monkeypatch)
    assert (code, "not taken" in error) == (75, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mail_server_pipes_to_the_command_as_it_stands(desk: Desk, database_url: str) -> None:
    path = sent_to(desk, database_url)
    command = [sys.executable, str(ROOT / "server.py"), "feedback", "--config", str(desk.folder / "config.yaml"),
               "--home", str(desk.folder / "var"), "--to", path]  # fmt: skip
    mail = samples.postfix("bounces@optyk.example") + b"x" * 1_000_000
    done = subprocess.run(command, input=mail, capture_output=True, cwd=desk.folder, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, [b"hard"]), done.stderr
    assert b"anna" not in done.stderr
