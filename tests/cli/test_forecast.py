"""`server.py forecast` says what is going to be sent if nobody does anything, writes a calendar, and nothing else."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from engine.cli.main import main
from tests.cli.test_keys_and_migrate import CONFIG

RULES = """
- {rule: refill, title: Time again, when: {bought: any, after: 20 days}, unless: {bought: any}, send: plain, note: n, at: "10:00"}
- {rule: news, title: Newsletter, when: {every: "month on 5, 20 at 10:00"}, who: {orders: ">= 1"}, send: plain, note: n}
- {rule: advent, title: Advent, when: {date: 2026-03-29 02:30}, who: {orders: ">= 1"}, send: plain, note: n}
"""
POLICY = "caps: [at_most: 1 per 9 days]\n"
ORDERS = {"anna": "2026-02-20", "borys": "2026-02-14", "celina": "2026-01-01"}


def order(name: str, day: str) -> dict[str, Any]:
    placed, agreed = (
        f"{day}T12:00:00+01:00",
        {"granted": True, "at": "2026-01-01T00:00:00Z", "source": "till"},
    )
    return {
        "id": name, "placed_at": placed, "updated_at": placed, "status": "paid", "currency": "PLN",
        "customer": {"id": name, "email": f"{name}@example.com", "consent": {"marketing": agreed}},
        "lines": [{"product": "A", "category": "lenses", "quantity": 1, "price": "60"}],
    }  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A home whose clock shows noon of 1 March, with three customers' history, all agreed to letters."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "rules" / "all.yaml").write_text(RULES, "utf-8")
    (tmp_path / "rules" / "policy.yaml").write_text(POLICY, "utf-8")
    lines = [json.dumps(order(name, day)) for name, day in ORDERS.items()]
    (tmp_path / "orders.ndjson").write_text("\n".join(lines), "utf-8")
    calls = (
        ("migrate", "--stepped", "--at", "2026-03-01T12:00"), ("import", str(tmp_path / "orders.ndjson")), ("tick",),
    )  # fmt: skip
    for call in calls:
        assert said(tmp_path, *call) == 0, capsys.readouterr()
    capsys.readouterr()
    return tmp_path


def said(home: Path, *words: str) -> int:
    places = [
        "--home",
        str(home / "var"),
        "--rules",
        str(home / "rules"),
        "--config",
        str(home / "config.yaml"),
    ]
    return main([*words, *places])


def foretold(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert said(home, "forecast", "--json", *words) == 0
    return json.loads(capsys.readouterr().out)["shops"][0]  # type: ignore[no-any-return]


def test_it_counts_the_mails_of_each_day_and_what_the_cap_keeps_back(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = foretold(home, capsys, "--days", "30")
    rules = {rule["rule"]: rule for rule in found["rules"]}
    assert (found["from"], found["to"]) == ("2026-03-01", "2026-03-30")
    # Borys falls due on 6 March, a day after the newsletter, and expires before the cap opens on the 14th. Anna falls due
    # on the 12th, is reminded when it opens, and so gets the next newsletter nine days after that.
    assert rules["news"]["by_day"] == {"2026-03-05": 3, "2026-03-20": 2, "2026-03-23": 1}
    assert rules["refill"]["by_day"] == {"2026-03-14": 1}
    assert rules["refill"]["starved"] == {"1 per 9 days": 1}
    assert rules["news"]["held"]
    assert found["mails"] == sum(found["by_day"].values())


def test_nothing_is_left_behind_and_nothing_is_changed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state_of(home)
    first, second = foretold(home, capsys), foretold(home, capsys)
    assert first == second
    assert state_of(home) == before


def state_of(home: Path) -> dict[str, str]:
    """The contents of everything in the home, and the rows of its store."""
    with closing(sqlite3.connect(home / "var" / "regulars.db")) as store:
        dump = "\n".join(store.iterdump())
    names = sorted(str(path.relative_to(home)) for path in home.rglob("*") if "regulars.db-" not in path.name)
    return {"rows": hashlib.sha256(dump.encode()).hexdigest(), "files": "\n".join(names)}


def test_what_is_held_and_what_is_queued_already_is_counted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(home, "clock", "2026-03-05T11:00") == 0
    assert said(home, "tick") == 0
    capsys.readouterr()
    found = foretold(home, capsys)
    rules = {rule["rule"]: rule for rule in found["rules"]}
    assert (rules["news"]["on_their_way"], found["on_their_way"]) == (3, 3)
    assert rules["refill"]["by_day"] == {"2026-03-14": 1}
    assert "2026-03-05" not in rules["news"]["by_day"]


def test_the_text_names_days_rules_and_what_stops_them(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(home, "forecast") == 0
    text = capsys.readouterr().out
    assert "2026-03-05    3  news 3" in text
    assert "starved by" in text
    assert "if no customer does anything" in text


def test_it_is_kept_for_the_console_where_that_is_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = foretold(home, capsys, "--keep")
    with closing(sqlite3.connect(home / "var" / "regulars.db")) as store:
        rows = store.execute("select value from setting where name like 'forecast:%'").fetchall()
    assert [json.loads(value)["mails"] for (value,) in rows] == [found["mails"]]


@pytest.mark.parametrize("days", ["0", "-3", "4000"])
def test_a_number_of_days_that_is_none_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], days: str
) -> None:
    assert said(home, "forecast", "--days", days) == 2
    assert "is no number of days" in capsys.readouterr().err


# --- the calendar -------------------------------------------------------------------------------------


def test_the_calendar_has_each_coming_moment_at_the_shops_clock(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = foretold(home, capsys, "--ics", str(home / "mailings.ics"))
    assert found["mails"]
    book = Calendar.from_ical((home / "mailings.ics").read_bytes())
    events = {str(event["UID"]): event for event in book.walk("VEVENT")}
    assert {name.partition("@")[0] for name in events} == {
        "news.20260305T1000", "news.20260320T1000", "advent.20260329T0230",
    }  # fmt: skip
    fifth = next(event for name, event in events.items() if name.startswith("news.20260305"))
    assert fifth["DTSTART"].dt.astimezone(UTC) == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert fifth["DTSTART"].params["TZID"] == "Europe/Warsaw"
    assert fifth["DTSTAMP"].dt == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert fifth["SUMMARY"] == "Newsletter (3)"
    skipped = next(event for name, event in events.items() if name.startswith("advent"))
    assert skipped["DTSTART"].dt.astimezone(UTC) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    zones = [str(zone["TZID"]) for zone in book.walk("VTIMEZONE")]
    assert zones == ["Europe/Warsaw"]


def test_the_calendar_keeps_to_the_format(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foretold(home, capsys, "--ics", str(home / "mailings.ics"))
    written = (home / "mailings.ics").read_bytes()
    assert written.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert b"\n" not in written.replace(b"\r\n", b"")
    for needed in (b"PRODID:", b"VERSION:2.0"):
        assert written.count(needed) == 1
    again = foretold(home, capsys, "--ics", str(home / "again.ics"))
    assert again
    assert (home / "again.ics").read_bytes() == written
