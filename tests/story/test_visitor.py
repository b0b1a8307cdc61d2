"""From a look at lenses to a mail: a visitor agrees, looks, logs in, buys nothing, and hears of it the next day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.clock import HOUR, instant
from tests.browser.shop_pages import Website, website
from tests.story.served import Served
from tests.waiting import until
from tests.web.collect.conftest import SECRET, word

pytestmark = pytest.mark.browser
BEGINNING = "2026-03-01 10:00"
NOW = instant(datetime(2026, 3, 1, 10, tzinfo=ZoneInfo("Europe/Warsaw")))
RULE = """
- rule: looked-at-lenses
  title: Still thinking about lenses?
  note: They are here for you.
  when: {viewed: {category: optics/contact-lenses}, after: 1 day}
  unless: {bought: {same: category}}
  once: per 30 days
  send: plain
"""


@pytest.fixture
def site() -> Iterator[Website]:
    """The shop's own website."""
    with website() as served:
        yield served


@pytest.fixture
def regulars(tmp_path: Path, site: Website) -> Iterator[Served]:
    """A running Regulars at ten on the first of March, which the website may tell of visits."""
    server = Served(tmp_path, None, ("--stepped", "--at", BEGINNING))
    text = server.config.read_text("utf-8")
    pages = f'    pages: {{origins: ["{site.url}"], secrets: ["{SECRET}"]}}'
    server.config.write_text(re.sub(r"^    pages:.*$", pages, text, flags=re.MULTILINE), "utf-8")
    (server.rules / "browsing.yaml").write_text(RULE, "utf-8")
    server.start()
    site.server = server.url
    yield server
    assert server.stop() == 0, server.log.read_text("utf-8")


def push(server: Served, what: str, item: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    assert server.post(f"/api/v1/{what}", json.dumps(item).encode(), **headers)[0] == 201


def told(tab: Any) -> bool:
    """Says whether the server has all that the browser had to tell."""
    kept = json.loads(tab.evaluate("localStorage.getItem('regulars:optyk')") or "null")
    return bool(kept and kept["b"]) and not any(visit["q"] or visit["k"] for visit in kept["b"])


def look_and_log_in(browser: Any, site: Website, name: str) -> None:
    """Somebody agrees on the page of the lenses, and logs in on another."""
    site.pages[f"/account/{name}"] = {"attributes": f'data-token="{word("identify", name, NOW + HOUR)}"'}
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{site.url}/lenses/acuvue")
    tab.wait_for_function("window.regulars && regulars.ready")
    tab.click("#agree")
    until(lambda: told(tab))
    tab.goto(f"{site.url}/account/{name}")
    tab.wait_for_function("window.regulars && regulars.ready")
    until(lambda: told(tab))
    context.close()


def test_anna_looks_at_lenses_logs_in_and_is_asked_the_next_day_and_borys_who_bought_is_not(
    browser: Any, regulars: Served, site: Website
) -> None:
    push(regulars, "products", {"id": "ACU-30", "name": "Acuvue", "category": "optics/contact-lenses"})
    for name in ("anna", "borys"):
        agreed = {"marketing": {"granted": True, "source": "checkout"}}
        push(regulars, "customers", {"id": name, "email": f"{name}@example.com", "consent": agreed})
        look_and_log_in(browser, site, name)
    regulars.run("clock", "2026-03-01 12:00")
    line = {"product": "ACU-30", "category": "optics/contact-lenses", "price": "64.95"}
    order = {
        "id": "1",
        "placed_at": "2026-03-01T12:00:00+01:00",
        "customer": {"id": "borys"},
        "lines": [line],
    }
    push(regulars, "orders", order)
    regulars.run("clock", "2026-03-02 10:30")
    regulars.run("tick")
    regulars.run("send")
    assert [mail["subject"] for mail in regulars.mails_to("Anna")] == ["Still thinking about lenses?"]
    assert "Still thinking about lenses?" not in [mail["subject"] for mail in regulars.mails_to("Borys")]
