"""A series that begins with a click: the mail leaves with a counted link, Anna follows it, and the next rule knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from engine.cli.home import site_key
from engine.clock import Clock, clock_of
from engine.config import load_config
from engine.store import open_store
from engine.web.app import create_app
from models import Caught, Event
from models.base import serve_by_default
from tests.cli.desk import Desk, new_desk
from tests.feedback.test_machines import CHROME

RULES = """
- {rule: refill, title: Time again, when: {bought: any, after: 20 days}, send: plain, note: Yours, clicks: true,
   goal: {clicked: {rule: refill}, within: 3 days}}
- {rule: interested, title: Shall we help?, when: {clicked: {rule: refill}, after: 1 days}, send: plain, note: Ask us}
"""


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = new_desk(tmp_path, database_url, capsys)
    desk.write(RULES)
    desk.done("clock", "2026-01-15T13:00")
    return desk


def follow(desk: Desk, database_url: str, to: str) -> str:
    """Opens the first counted link of what somebody was sent last, with a telephone; returns where it led."""
    store, home = open_store(database_url), desk.folder / "var"
    store.secret = site_key(home)
    store.serve_by_default()
    clock: Clock = clock_of(home)
    with store.use():
        mail: Any = Caught.select().where(Caught.to == to).order_by(Caught.id.desc()).first()
        client = create_app(load_config(desk.folder / "config.yaml"), store, clock).test_client()
        import email
        import email.policy

        read = email.message_from_bytes(mail.raw.encode("latin-1"), policy=email.policy.default)
        html = read.get_body(("html",)).get_content()  # type: ignore[union-attr, attr-defined]
        found = re.search(r'href="http://[^/"]+(/c/[^"]+)"', html)
        assert found, html
        led = client.get(found[1], headers={"User-Agent": CHROME}).location
    store.close()
    serve_by_default(None)
    return str(led)


def facts(database_url: str) -> list[dict[str, Any]]:
    store = open_store(database_url)
    with store.use():
        found = [row.properties for row in Event.select().where(Event.kind == "clicked")]
    store.close()
    return found


def test_anna_follows_a_link_and_hears_more_of_it_a_day_later(desk: Desk, database_url: str) -> None:
    desk.done("clock", "2026-01-21T12:00")
    desk.done("tick")
    desk.done("send")
    desk.done("clock", "2026-01-21T18:00")
    assert follow(desk, database_url, "anna@example.com") == "https://example.com"
    desk.done("clock", "2026-01-21T18:01")
    desk.done("tick")
    assert facts(database_url) == [{"rule": "refill"}]
    desk.done("clock", "2026-01-22T19:00")
    desk.done("tick")
    assert desk.json("send")["sent"] == 1
    told = desk.json("explain", "anna", "--rule", "interested")
    assert "clicked" in str(told)
