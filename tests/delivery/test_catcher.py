"""The mail catcher: takes mail over real SMTP, keeps it, and shows it as a person's program would."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.delivery.catcher import Catcher, run_catcher
from engine.delivery.pool import PORT_FILE, Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.reports.mailbox import all_mails
from models import Caught, Message
from tests.delivery.mails import SHIPPED
from tests.delivery.test_sender import Standing
from tests.outbox.shop import NOON, Optician, config


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
    (mail,) = all_mails()
    assert (mail.to, mail.subject) == ("anna@example.com", "Anna, dziękujemy za zamówienie 1001")
    assert mail.headers["To"] == "Anna Żak <anna@example.com>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["Message-ID"] == Message.get().message_id
    assert "129,90 zł" in mail.text
    assert mail.html.lower().startswith("<!doctype html>")
    assert mail.raw.startswith("From: ")
    assert mail.at == NOON


def test_each_mail_of_a_round_is_kept_with_its_subject_decoded(optician: Optician) -> None:
    people = [optician.customer(name) for name in ("Anna", "Borys", "Celina")]
    optician.queue(*(optician.draft(person, title="Zażółć gęślą jaźń " * 6) for person in people))
    with Catcher(optician.store, Standing()) as catcher:
        _send(optician, Pool(config().relay, port=catcher.port))
    assert {row.subject for row in Caught.select()} == {("Zażółć gęślą jaźń " * 6).strip()}
    assert {row.to for row in Caught.select()} == {person.email for person in people}


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
    assert Caught.select().count() == 1
