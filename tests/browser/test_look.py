"""Every page in a real browser: nothing of it breaks the policy, no text runs off a phone, and axe has no complaint."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models import Message
from tests.browser.conftest import Site, enter

PAGES = (
    "/", "/customers", "/customers/1", "/customers/1/explain",
    "/customers/2/explain?rule=lens-refill&at=2026-03-12T22:00", "/customers/2", "/customers/99", "/rules", "/rules/lens-refill",
    "/rules/win-back", "/rules/versions", "/rules/versions/2", "/outbox", "/outbox?state=deferred", "/outbox/1",
    "/forecast", "/mailbox", "/mailbox/1", "/account", "/audit", "/audit?act=pause", "/keys", "/endpoints", "/visits",
    "/visits?days=7&device=phone",
)  # fmt: skip
pytestmark = pytest.mark.browser


def public_pages(site: Site) -> list[str]:
    """The pages behind the links of a mail."""
    with site.store.use():
        token = Message.get_by_id(1).token
    return [f"/{door}/{token}" for door in "upw"]


@pytest.fixture
def violations(page: Any) -> list[str]:
    """What the browser refuses because of a policy, and whatever pops up, on every page that is opened."""
    found: list[str] = []
    page.on("console", lambda told: found.append(told.text) if "Security Policy" in told.text else None)
    page.on("dialog", lambda dialog: (found.append(f"dialog {dialog.message}"), dialog.dismiss()))
    return found


def test_no_page_breaks_its_own_policy_or_has_faults_of_access(
    page: Any, site: Site, violations: list[str]
) -> None:
    page.goto(site.at("/login"))
    complaints = faults(page, "/login")
    enter(page, site)
    for path in (*PAGES, *public_pages(site)):
        page.goto(site.at(path))
        complaints += faults(page, path)
    assert complaints == []
    assert violations == []


def faults(page: Any, path: str) -> list[str]:
    """What axe finds on a page; the inside of a customer's mail is the template's own matter."""
    results = Axe().run(page, context={"exclude": [["iframe"]]}).response["violations"]
    return [f"{path}: {found['id']}: {found['nodes'][0]['html'][:200]}" for found in results]


def test_nothing_runs_off_a_phone_in_any_language(page: Any, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    enter(page, site)
    for language in ("pl", "uk", "en"):
        page.goto(site.at("/"))
        page.click(f"button[value={language}]")
        page.wait_for_load_state()
        for path in (*PAGES, *public_pages(site)):
            page.goto(site.at(path))
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, (language, path)


def test_hostile_customers_write_nothing_that_the_browser_obeys(
    page: Any, hostile_site: Site, violations: list[str]
) -> None:
    enter(page, hostile_site)
    safe = [path for path in PAGES if path != "/mailbox/1"]  # there the mail itself is hostile: the next test
    for path in (*safe, "/customers?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", *public_pages(hostile_site)):
        page.goto(hostile_site.at(path))
        assert page.locator("img[onerror], svg[onload], main script").count() == 0, path
        assert "49" not in page.title(), path
    assert violations == []


def test_a_caught_mail_with_a_script_is_shown_and_does_nothing(page: Any, hostile_site: Site) -> None:
    enter(page, hostile_site)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(hostile_site.at("/mailbox/1"))
    frame = page.frame_locator("iframe.mail")
    assert frame.locator("h1").count() == 1
    page.goto(hostile_site.at("/mailbox/1/html"))  # and on its own, outside the frame
    assert dialogs == []
    assert page.evaluate("window.origin") == "null"


def test_a_rule_is_paused_with_the_keyboard_alone(page: Any, site: Site) -> None:
    enter(page, site)
    page.goto(site.at("/rules/newsletter"))
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Paused by hand")
    page.get_by_role("button", name="Resume").click()
    page.wait_for_selector("text=runs again")
    page.goto(site.at("/rules"))
    assert page.locator(".badge.paused").count() == 0
