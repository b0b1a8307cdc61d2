"""The doctor on returned mail: whether anybody hears of it, and by which way."""

from __future__ import annotations

import pytest

from engine.clock import HOUR
from engine.config import Config
from engine.doctor.feedback import feedback
from engine.feedback.counting import add
from engine.store import Store
from models import MailboxRead
from tests.feedback.post import shop_with
from tests.outbox.shop import NOON, config

IMAP = {"imap": {"host": "imap.optyk.example", "username": "u", "password": "p"}}
RELAY = {"host": "relay.optyk.example"}


def said(settings: Config, now: int = NOON) -> dict[str, str]:
    """The findings, by how grave they are."""
    return {finding.level: finding.said for finding in feedback(settings, now)}


def test_a_shop_that_hears_of_no_bounce_is_told_how_it_could(store: Store) -> None:
    assert "nobody hears" in said(config(relay=RELAY))["warning"]
    assert said(config()) == {}  # the catcher sends nothing back


def test_return_paths_that_nobody_reads_are_a_warning(store: Store) -> None:
    assert "nobody reads" in said(shop_with(relay=RELAY))["warning"]
    add(store, "pipe", {"hard": 1}, NOON)
    assert said(shop_with(relay=RELAY)) == {"ok": "what comes back is heard of by the mailbox"}


def test_a_mailbox_without_return_paths_is_a_warning(store: Store) -> None:
    assert "no return path of their own" in said(config(relay=RELAY, feedback=IMAP))["warning"]


@pytest.mark.parametrize(
    ("row", "level", "words"),
    [
        (None, "note", "never read"), ({"error": "wrong password", "read_at": NOON}, "problem", "wrong password"),
        ({"read_at": NOON - 2 * HOUR}, "warning", "read last at 2026-03-01"), ({"read_at": NOON}, "ok", "was read at"),
    ],
)  # fmt: skip
def test_the_mailbox_is_looked_at(
    store: Store, row: dict[str, object] | None, level: str, words: str
) -> None:
    if row is not None:
        MailboxRead.create(name="x", **row)
    assert words in said(shop_with(relay=RELAY, feedback=IMAP))[level]


def test_a_service_whose_secret_is_not_right_is_named(store: Store) -> None:
    services = {"webhooks": {"postmark": {"username": "u", "password": "long enough"}}}
    add(store, "postmark", {"denied": 1}, NOON, "user or password is not right")
    settings = shop_with(relay=RELAY, feedback=services)
    assert "postmark was refused at 2026-03-01 11:00 UTC: user or password" in said(settings)["warning"]
    add(store, "postmark", {"hard": 1}, NOON + 1)
    assert "warning" not in said(settings)
