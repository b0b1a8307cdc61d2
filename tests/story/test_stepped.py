"""A home whose clock is stepped, served all the while: what `tick` and `send` return to has happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.served import Served


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[Served]:
    """A running Regulars that lives at 10:00 on the first of March."""
    server = Served(tmp_path, None, ("--stepped", "--at", "2026-03-01 10:00"))
    server.start()
    yield server
    assert server.stop() == 0, server.log.read_text("utf-8")


def push(server: Served, number: str, name: str, at: str) -> None:
    customer = {"id": name, "email": f"{name}@example.com", "first_name": name.title()}
    order = {"id": number, "placed_at": at, "total": "10", "customer": customer}
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    assert server.post("/api/v1/orders", json.dumps(order).encode(), **headers)[0] == 201


def test_an_order_of_the_very_moment_at_which_the_clock_stands_has_its_mail_after_tick_and_send(
    stepped: Served,
) -> None:
    push(stepped, "1", "anna", "2026-03-01T10:00:00+01:00")
    stepped.run("tick")
    stepped.run("send")
    assert [mail["subject"] for mail in stepped.mails_to("Anna")] == ["Anna, dziękujemy za zamówienie 1"]
    stepped.run("clock", "2026-05-20 10:00")
    push(stepped, "2", "borys", "2026-05-20T10:00:00+02:00")
    stepped.run("tick")
    stepped.run("send")
    assert len(stepped.mails_to("Borys")) == 1
