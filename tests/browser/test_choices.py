"""The page of choices in a real browser: by keyboard, on a phone, without a script, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from engine.consent.standing import Standing, standings
from models import Customer, Message
from tests.browser.conftest import Site
from tests.browser.test_look import faults
from tests.web.shopful import NOW

pytestmark = pytest.mark.browser


def the_page(site: Site) -> str:
    with site.store.use():
        return f"/p/{Message.get_by_id(1).token}"


def said(site: Site) -> Standing:
    with site.store.use():
        customer = Message.get_by_id(1).customer_id
        return standings([customer], NOW).get(customer, Standing())


def in_language(site: Site, language: str) -> None:
    with site.store.use():
        customer = Message.get_by_id(1).customer_id
        Customer.update(language=language).where(Customer.id == customer).execute()


@pytest.fixture
def page_without_script(browser: Any) -> Any:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_anna_chooses_by_keyboard_alone_and_without_a_script(page_without_script: Any, site: Site) -> None:
    in_language(site, "en")
    page = page_without_script
    page.goto(site.at(the_page(site)))
    page.get_by_role("radio", name="As many as the shop sends").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Saved")
    wish = said(site).wish
    assert wish is not None
    assert wish.words == "1 per 7 days"
    page.get_by_role("button", name="14 days").press("Enter")
    assert said(site).paused_until_at is not None
    page.get_by_role("button", name="Let mails come again").press("Enter")
    assert said(site).paused_until_at is None
    page.get_by_role("button", name="Object to this").press("Space")
    assert said(site).objects
    page.get_by_role("button", name="Allow it again").press("Space")
    page.get_by_role("radio", name="As many as the shop sends").check()
    page.get_by_role("button", name="Save").click()
    assert (said(site).objects, said(site).wish) == (False, None)
    assert page.context.cookies() == []


def test_a_date_is_chosen_in_the_browsers_own_calendar_and_a_past_one_is_not_sent(
    page: Any, site: Site
) -> None:
    in_language(site, "en")
    page.goto(site.at(the_page(site)))
    page.fill("#until", "2026-03-01")
    page.get_by_role("button", name="Start the pause").click()
    assert said(site).paused_until_at is None
    page.fill("#until", "2026-04-01")
    page.get_by_role("button", name="Start the pause").click()
    assert "1 April 2026" in page.inner_text("main") or "April 1, 2026" in page.inner_text("main")
    page.get_by_role("button", name="Let mails come again").click()


@pytest.mark.parametrize("language", ["pl", "uk", "ru", "en"])
def test_it_fits_a_phone_has_targets_for_a_thumb_and_no_fault_of_access(
    page: Any, site: Site, language: str
) -> None:
    in_language(site, language)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(site.at(the_page(site)))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        heights = page.eval_on_selector_all(
            "button", "all => all.map(each => each.getBoundingClientRect().height)"
        )
        assert min(heights) >= 40
    assert faults(page, the_page(site)) == []
