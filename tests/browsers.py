"""A real browser for the tests: Debian's Chromium, headless, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests import without

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str:
    """Returns the path of the machine's Chromium or Chrome; empty where it has none."""
    return next((path for path in map(shutil.which, NAMES) if path), "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium for a file of tests; `browser.new_page()` opens a page, and whoever opens it closes it.

    Playwright keeps an event loop running in the thread while it is open, so it must not outlive the tests that need it.
    """
    if "browser" in without.left_out():
        pytest.skip("WITHOUT=browser leaves out what needs Chromium")
    from playwright.sync_api import sync_playwright

    path = chromium()
    if not path:
        pytest.fail("no Chromium on this machine: apt-get install chromium, or say WITHOUT=browser")
    # Chromium's own sandbox refuses root, and the pages are our own.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=[*options, "--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page, 1280 by 800, with cookies of its own; an error in its scripts fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(error))
    yield opened
    context.close()
    assert not errors, f"scripts of the page failed: {errors}"
