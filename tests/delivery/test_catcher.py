"""The mail catcher: takes mail over real SMTP, keeps it, and shows it as a person's program would."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.delivery.catcher import Catcher, caught, run_catcher
from engine.delivery.pool import PORT_FILE, Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from models import Message
from tests.delivery.mails import SHIPPED
from tests.delivery.test_sender import Standing
from tests.outbox.shop import Optician, config


def _send(optician: Optician, pool: Pool) -> dict[str, int]:
    try:
        return Sender(optician.store, config(), Templates(SHIPPED), pool, Standing(), "w1").send_due().counts
    finally:
        pool.close()


def test_what_is_sent_without_a_relay_is_caught_and_can_be_read(optician: Optician) -> None:
    anna = optician.customer("Anna", last_name="Żak")
    optician.queue(optician.draft(anna, optician.order(anna), template="thank-you"))
    with Catcher(optician.store, Standing()) as catcher:
        assert _send(optician, Pool(config().relay, port=catcher.port)) == {"sent": 1}
    (mail,) = caught()
    assert (mail["to"], mail["subject"]) == ("anna@example.com", "Anna, dziękujemy za zamówienie 1001")
    assert mail["headers"]["To"] == "Anna Żak <anna@example.com>"
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["headers"]["Message-ID"] == Message.get().message_id
    assert "129,90 zł" in mail["text"]
    assert mail["html"].lower().startswith("<!doctype html>")
    assert mail["raw"].startswith("From: ")
    assert mail["at"] == "2026-03-01T11:00:00Z"


def test_the_newest_come_first_and_no_more_than_asked(optician: Optician) -> None:
    optician.queue_for("Anna", "Borys", "Celina")
    with Catcher(optician.store, Standing()) as catcher:
        _send(optician, Pool(config().relay, port=catcher.port))
    assert len(caught()) == 3
    assert [mail["to"] for mail in caught(2)] == [mail["to"] for mail in caught()][:2]


def test_the_running_catcher_names_its_port_in_the_home_and_takes_it_back(
    optician: Optician, tmp_path: Path
) -> None:
    stop, file = threading.Event(), tmp_path / PORT_FILE
    running = threading.Event()
    role = threading.Thread(
        target=run_catcher, args=(optician.store, Standing(), tmp_path, stop), kwargs={"started": running.set}
    )
    role.start()
    assert running.wait(10)
    optician.queue_for("Anna")
    assert _send(optician, Pool(config().relay, home=tmp_path)) == {"sent": 1}
    stop.set()
    role.join(10)
    assert not file.exists()
    assert len(caught()) == 1
