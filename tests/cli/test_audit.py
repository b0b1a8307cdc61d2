"""`server.py audit`: what was done at the command line is written down with who did it, and who a customer was is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return new_desk(tmp_path, database_url, capsys)


def test_what_the_operator_does_is_written_down(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.audit.getpass.getuser", lambda: "jolanta")
    prefix = desk.json("keys", "create")["key"][:11]
    desk.done("keys", "revoke", prefix)
    desk.done("users", "create", "ola@example.com", "--role", "viewer")
    desk.done("users", "role", "ola@example.com", "--role", "marketer")
    desk.done("users", "password", "ola@example.com")
    desk.done("users", "deactivate", "ola@example.com")
    desk.done("publish", "--author", "piotr")
    desk.done("pause", "refill")
    desk.done("backup")
    found = [
        (line["author"], line["act"], line["what"]) for line in desk.json("audit") if line["channel"] == "command"
    ][:9]  # fmt: skip
    assert [act for _, act, _ in found] == [
        "backup", "pause", "publish", "user shut out", "password", "user role", "user made", "key revoked", "key made",
    ]  # fmt: skip
    assert found[1:] == [("jolanta", "pause", "refill"), ("piotr", "publish", found[2][2]), *(
        ("jolanta", act, "ola@example.com") for act in ("user shut out", "password", "user role", "user made")
    ), ("jolanta", "key revoked", prefix), ("jolanta", "key made", prefix)]  # fmt: skip
    assert desk.json("audit", "--act", "user role")[0]["detail"] == {"role": "marketer"}


def test_an_erasure_leaves_the_log_without_a_name(desk: Desk) -> None:
    desk.done("export", "anna")
    desk.done("erase", "anna", "--yes")
    lines = desk.json("audit")
    assert [line["act"] for line in lines[:2]] == ["erase", "export"]
    assert lines[0]["customer"] == lines[1]["customer"]
    assert isinstance(lines[0]["customer"], int)
    assert "anna" not in str(lines).lower()


def test_it_can_be_searched(desk: Desk) -> None:
    desk.done("pause", "refill", "--author", "jolanta")
    desk.done("resume", "refill", "--author", "piotr")
    assert "jolanta (command)  pause  refill" in desk.done("audit", "--act", "pause")
    assert "piotr" not in desk.done("audit", "--act", "pause")
    assert "jolanta" not in desk.done("audit", "--author", "pio")
    assert desk.done("audit", "--act", "brake") == "nothing was written down in that time\n"
