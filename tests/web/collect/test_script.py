"""The script as it is served: small, kept by browsers, and such as a strict policy of a shop lets run."""

from __future__ import annotations

import re

from flask import Flask

from engine.web.collect.script import text
from engine.web.pages import STATIC

MOST_BYTES = 6_000


def test_the_script_has_at_most_six_thousand_bytes_as_it_is_served(app: Flask) -> None:
    answer = app.test_client().get("/js/regulars.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert 2_000 < len(answer.data) <= MOST_BYTES
    assert answer.data == text()


def test_only_lines_that_are_comments_are_left_out_of_what_is_served() -> None:
    written = (STATIC / "regulars.js").read_text("utf-8")
    kept = [
        line.strip() for line in written.splitlines() if line.strip() and not line.strip().startswith("//")
    ]
    assert text().decode().splitlines() == kept
    assert "/*" not in written
    assert "`" not in "".join(kept), "a text over several lines would lose its indentation"


def test_a_browser_keeps_it_for_an_hour_and_then_asks_whether_it_has_changed(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/js/regulars.js")
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in first.headers
    again = client.get("/js/regulars.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_it_makes_no_code_of_texts_no_cookie_and_speaks_with_nobody_else() -> None:
    served = text().decode()
    assert not re.search(
        r"\beval\b|new Function|innerHTML|document\.write|\.cookie|sessionStorage|indexedDB", served
    )
    assert re.findall(r"https?://[^'\"\s]+", served) == []
    assert served.count("fetch(") == 1
