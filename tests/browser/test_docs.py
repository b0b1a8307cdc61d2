"""/docs in a real browser: nothing comes from elsewhere, nothing breaks its policy, and it fits a phone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Site
from tests.browser.test_look import faults, violations

pytestmark = pytest.mark.browser
__all__ = ["violations"]


def test_the_page_of_the_api_is_whole_and_loads_nothing_from_elsewhere(
    page: Any, site: Site, violations: list[str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.at("/docs"))
    assert asked == [site.at("/docs"), site.at("/docs/style.css")]
    assert faults(page, "/docs") == []
    page.click("nav a >> text=messages")
    assert page.url.endswith("#messages")
    page.locator("#send_orders ~ details summary").first.click()
    assert page.locator("pre:visible").first.inner_text().startswith("{")
    assert violations == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_its_window(page: Any, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.at("/docs"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
