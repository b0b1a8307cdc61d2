"""`server.py send` in a stepped home: everything that can go now goes, through a catcher of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.clock import make_stepped
from engine.store import Store, open_store
from models import Caught
from models.base import serve_by_default
from tests.delivery.sink import Sink
from tests.outbox.shop import NOON, Optician, states

CONFIG = """
shops:
  - shop: optyk
    name: Optyk
    postal: Optyk, ul. Szeroka 14, Kraków
    sender: {{name: Optyk, address: sklep@optyk.example}}
database: {database}
relay: {relay}
templates: {templates}
"""
SHIPPED = Path(__file__).parents[2] / "templates"


def _send(
    store: Store, home: Path, capsys: pytest.CaptureFixture[str], relay: str = "{}"
) -> tuple[int, dict[str, int]]:
    (home / "rules").mkdir(exist_ok=True)
    (home / "config.yaml").write_text(
        CONFIG.format(database=store.url, relay=relay, templates=SHIPPED), "utf-8"
    )
    make_stepped(home, NOON)
    code = main(
        [
            "send",
            "--config",
            str(home / "config.yaml"),
            "--home",
            str(home),
            "--rules",
            str(home / "rules"),
            "--json",
        ]
    )
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_what_is_due_is_sent_and_counted(
    optician: Optician, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    optician.queue_for("Anna", "Borys")
    optician.queue_for("Celina", not_before_at=NOON + 1)
    assert _send(optician.store, tmp_path, capsys) == (0, {"sent": 2})
    with open_store(optician.store.url).use() as again:
        assert states() == ["sent", "sent", "queued"]
        assert {row.to for row in Caught.select()} == {"anna@example.com", "borys@example.com"}
    again.close()
    serve_by_default(None)


def test_a_relay_that_is_away_is_a_finding(
    optician: Optician, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    optician.queue_for("Anna")
    assert _send(optician.store, tmp_path, capsys, "{host: 127.0.0.1, port: 1}") == (1, {"later": 1})
    serve_by_default(None)


def test_what_waits_for_its_providers_pace_is_told(
    optician: Optician, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [optician.customer(f"A{n}", email=f"a{n}@gmail.com") for n in range(5)]
    optician.queue(*(optician.draft(person) for person in people))
    with Sink() as sink:
        relay = f"{{host: 127.0.0.1, port: {sink.port}}}\npace: {{google: 3}}"
        _send(optician.store, tmp_path, capsys, relay)
        optician.store.serve_by_default()
        home = ["--home", str(tmp_path), "--config", str(tmp_path / "config.yaml")]
        assert main(["send", *home, "--rules", str(tmp_path / "rules")]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "nothing to send; 2 more may go when their providers' pace lets them"
