"""Every page that the server has, in a real browser, with scripts in every text of every table: none runs.

The pages are those of the server's own map, and the texts those of the tables' own columns, so that what is new is
looked at too. What the browser refuses by the page's policy is a fault: the words should not have come so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from models import Caught
from tests.browser.conftest import Site, enter, serve
from tests.browser.test_look import violations  # noqa: F401 - a fixture
from tests.security.conftest import full_shop
from tests.security.hostile import SCRIPT, poison
from tests.security.routes import has_something_to_show, pages

pytestmark = pytest.mark.browser
SHOWN_MAILS = {
    "console.mail_html",
    "console.message_html",
}  # a mail by itself, in a sandbox: its own page may not log
STRAY = "img[onerror], svg[onload], script, main iframe:not(.mail)"


def poisoned(words: str) -> None:
    """A shop in which everything that somebody else wrote is a script."""
    shop = full_shop(words)
    whole = shop.caught("anna@example.com", "x", "<p>Hello</p>").raw
    Caught.update(raw=whole).where(Caught.id == Caught.select().first().id).execute()
    shop.caught("anna@example.com", "x", SCRIPT)  # what the frame of a mail is for: the second test
    assert poison() > 60, "the tables are not filled"
    assert has_something_to_show()


@pytest.fixture(scope="module")
def poisoned_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop, served."""
    yield from serve(tmp_path_factory.mktemp("poisoned"), SCRIPT, poisoned)


def paths(site: Site) -> list[tuple[str, str]]:
    """What is opened: every page, and those that show what was asked for with a question that is a script."""
    with site.store.use():
        found = [(page.endpoint, page.path) for page in pages(site.app) if page.endpoint != "public.follow"]
    asked = ("q", "act", "author", "state", "rule", "to", "at", "before", "after", "page", "next")
    query = "&".join(f"{name}=%22%3E%3Cscript%3Ealert(9)%3C/script%3E%27%7B%7B7*7%7D%7D" for name in asked)
    return [
        *found,
        *((name, f"{path}?{query}") for name, path in found),
        ("", f"/{query[:200]}"),
        ("", "/customers/0"),
    ]


def test_no_text_of_anybody_runs_on_any_page(page: Any, poisoned_site: Site, violations: list[str]) -> None:  # noqa: F811
    page.goto(poisoned_site.at("/login?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"))
    assert page.locator(STRAY).count() == 0
    enter(page, poisoned_site)
    shown = 0
    for endpoint, path in paths(poisoned_site):
        answer = page.goto(poisoned_site.at(path))
        assert answer is not None
        assert answer.status < 500, (path, answer.status)
        if "text/html" not in answer.headers.get("content-type", "") or endpoint in SHOWN_MAILS:
            continue
        assert page.locator(STRAY).count() == 0, path
        assert "'49" not in page.content(), f"{path}: a text was taken for a template"
        assert violations == [], path
        shown += "alert(" in page.content()
    assert shown > 25, "the words that should be shown as words are not there at all"


def test_no_mail_that_is_shown_runs_anything(page: Any, poisoned_site: Site) -> None:
    """The mail itself may be hostile: the catcher takes whatever was sent."""
    enter(page, poisoned_site)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    with poisoned_site.store.use():
        newest = max(mail.id for mail in Caught.select())
    page.goto(poisoned_site.at(f"/mailbox/{newest}"))
    for path in (
        f"/mailbox/{newest}/html",
        *(p for e, p in paths(poisoned_site) if e in SHOWN_MAILS and "?" not in p),
    ):
        answer = page.goto(poisoned_site.at(path))
        assert answer is not None
        assert "sandbox" in answer.headers["content-security-policy"]
        assert page.evaluate("window.origin") == "null", path
    assert dialogs == []
