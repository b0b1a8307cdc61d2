"""Behind a web server with TLS: the ledger keeps who called, as the web server says it."""

from __future__ import annotations

import sqlite3
import urllib.request

from tests.story.served import Served
from tests.waiting import until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_withdrawal_through_the_proxy_is_kept_with_the_callers_address(small_regulars: Served) -> None:
    regulars = small_regulars
    assert regulars.order("9001", "Anna", consent=True) == 201
    until(lambda: len(regulars.mails_to("Anna")) == 2)
    link = next(
        h["List-Unsubscribe"]
        for mail in regulars.mails_to("Anna")
        if "List-Unsubscribe" in (h := mail["headers"])
    )
    path = link.split(">")[0].strip("<").removeprefix(regulars.url)
    forwarded = {"X-Forwarded-For": "198.51.100.66, 203.0.113.5", "X-Forwarded-Proto": "https"}
    assert regulars.post(path, b"List-Unsubscribe=One-Click", **FORM, **forwarded)[0] == 200
    with sqlite3.connect(regulars.home / "regulars.db") as store:
        rows = store.execute("select request_address from consent_change where granted = 0").fetchall()
    store.close()
    assert set(rows) == {("203.0.113.5",)}


def test_metrics_are_whole_and_about_nobody(small_regulars: Served) -> None:
    regulars = small_regulars
    assert regulars.order("9001", "Anna", consent=True) == 201
    until(lambda: len(regulars.mails_to("Anna")) == 2)

    def text() -> str:
        with urllib.request.urlopen(f"{regulars.url}/metrics", timeout=30) as answer:
            return str(answer.read().decode())

    sent = 'regulars_mails_total{purpose="marketing",state="sent"} 1.0'
    until(lambda: sent in text(), 40)
    assert "anna" not in text().lower()
