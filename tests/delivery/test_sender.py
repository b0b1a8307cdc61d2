"""A sender's round, from the queue over a real socket to the message's last state."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from engine.clock import MINUTE, Clock
from engine.consent.withdrawal import withdraw
from engine.delivery.pool import Pool
from engine.delivery.sender import CLAIMED_AT_ONCE, Sender
from engine.delivery.templates import Templates
from engine.delivery.workers import take_back, worker_name
from engine.errors import ConfigError
from models import Address, Message
from tests.delivery.mails import SHIPPED, section, write
from tests.delivery.sink import DROP, Sink
from tests.outbox.shop import NOON, Optician, config, states


class Standing(Clock):
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> int:
        return self.at


@contextmanager
def _sender(optician: Optician, port: int, folder: Path = SHIPPED, connections: int = 4) -> Iterator[Sender]:
    settings = config(
        relay={"host": "127.0.0.1", "port": port, "connections": connections, "timeout_seconds": 5}
    )
    pool = Pool(settings.relay)
    try:
        yield Sender(optician.store, settings, Templates(folder), pool, Standing(), "w1")
    finally:
        pool.close()


def _read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def _clock(sender: Sender) -> Standing:
    assert isinstance(sender.clock, Standing)
    return sender.clock


def test_a_thank_you_with_the_order_in_it_leaves_and_is_recorded(optician: Optician) -> None:
    anna = optician.customer("Anna", last_name="Żak")
    order = optician.order(anna)
    draft = optician.draft(anna, order, template="thank-you", purpose="transactional", rule="thank-you")
    (key,) = optician.queue(draft)
    with Sink() as sink, _sender(optician, sink.port) as sender:
        assert sender.send_due().counts == {"sent": 1}
    row = Message.get_by_id(key)
    assert (row.state, row.reply, row.subject) == (
        "sent",
        "250 ok id=1",
        "Anna, dziękujemy za zamówienie 1001",
    )
    mail = _read(sink.accepted[0])
    assert (str(mail["Subject"]), str(mail["To"])) == (row.subject, "Anna Żak <anna@example.com>")
    assert mail["Message-ID"] == row.message_id
    assert row.message_id.endswith("@optyk.example>")
    assert mail["List-Unsubscribe"] is None
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Product ACU30, 2 × 64,95 zł: 129,90 zł" in text


def test_an_offer_carries_one_click_unsubscribing_with_its_own_token(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    with Sink() as sink, _sender(optician, sink.port) as sender:
        sender.send_due()
    link = f"https://optyk.example/u/{Message.get_by_id(key).token}"
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in sink.accepted[0]
    assert link in _read(sink.accepted[0]).get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_a_mail_is_sending_in_the_store_before_its_first_byte_leaves(optician: Optician) -> None:
    optician.queue_for("Anna", "Borys")
    seen: list[list[str]] = []

    def look() -> None:
        with optician.store.use():
            seen.append(states())

    with Sink() as sink, _sender(optician, sink.port, connections=1) as sender:
        sink.on_end = look
        sender.send_due()
    assert seen[0] == ["sending", "sending"]
    assert states() == ["sent", "sent"]


def test_a_withdrawal_between_queue_and_sending_stops_the_mail(optician: Optician) -> None:
    anna = optician.customer("Anna")
    optician.queue(optician.draft(anna))
    withdraw(optician.store, optician.shop.id, anna.address_id, ["marketing"], NOON, "link")
    with Sink() as sink, _sender(optician, sink.port) as sender:
        sender.send_due()
    assert (sink.accepted, states()) == ([], ["cancelled"])


def test_a_relay_that_is_away_leaves_everything_queued_for_later(optician: Optician) -> None:
    optician.queue_for("Anna")
    with Sink() as sink:
        port = sink.port
    with _sender(optician, port) as sender:
        assert sender.send_due().counts == {"later": 1}
    row = Message.get()
    assert (row.state, row.attempts) == ("queued", 0)
    assert row.not_before_at > NOON


def test_an_offer_whose_end_was_not_answered_is_never_repeated_but_an_order_mail_is(
    optician: Optician,
) -> None:
    optician.queue_for("Anna")
    optician.queue_for("Borys", purpose="transactional")
    with Sink(end=DROP) as sink, _sender(optician, sink.port) as sender:
        for _ in range(6):
            sender.send_due()
            _clock(sender).at += MINUTE
        assert sink.begun == 4
    assert states() == ["unknown", "unknown"]


def test_the_repeated_order_mail_is_the_same_mail(optician: Optician) -> None:
    optician.queue_for("Borys", purpose="transactional")
    with Sink(after=DROP, end="garbage") as sink, _sender(optician, sink.port) as sender:
        first = []
        sink.on_end = lambda: first.append(1)
        sender.send_due()
        name = Message.get().message_id
        sink.script = {}
        _clock(sender).at += MINUTE
        sender.send_due()
    assert _read(sink.accepted[-1])["Message-ID"] == name
    assert states() == ["sent"]


def test_a_mailbox_that_does_not_exist_is_suppressed_at_once_and_a_bad_reputation_is_not(
    optician: Optician,
) -> None:
    optician.queue_for("Anna")
    with Sink(rcpt="550 5.1.1 no such user") as sink, _sender(optician, sink.port) as sender:
        sender.send_due()
        assert Address.get(Address.email == "anna@example.com").suppressed_reason == "hard_bounce"
        sink.script["rcpt"] = "550 5.7.1 blocked"
        optician.queue_for("Borys")
        sender.send_due()
    assert Address.get(Address.email == "borys@example.com").suppressed_at is None
    assert [row.reason for row in Message.select().order_by(Message.id)] == [
        "hard_bounce",
        "refused_by_policy",
    ]


def test_a_template_that_fails_for_one_customer_is_refused_for_her_and_goes_to_the_others(
    optician: Optician, tmp_path: Path
) -> None:
    folder = write(tmp_path / "email", {
        "about/pl/subject.txt": "{{ customer.city|upper }}", "about/pl/body.txt": "x",
        "about/pl/body.mjml": section("{{ 10 / customer.attributes.n }}"),
    })  # fmt: skip
    people = [optician.customer(name, attributes={"n": n}) for name, n in (("Anna", 0), ("Borys", 5))]
    optician.queue(*(optician.draft(person, template="about") for person in people))
    with Sink() as sink, _sender(optician, sink.port, folder) as sender:
        assert sender.send_due().counts == {"refused": 1, "sent": 1}
    anna, borys = Message.select().order_by(Message.id)
    assert (anna.state, anna.reason, borys.state) == ("refused", "template_error", "sent")
    assert "body.mjml:3" in anna.reply
    assert "division by zero" in anna.reply


def test_a_newsletter_without_content_for_its_date_is_not_mailed_and_says_so(
    optician: Optician, tmp_path: Path
) -> None:
    folder = write(tmp_path / "email", {"newsletter/issues/2026-12-05/pl/subject.txt": "x"})
    optician.queue_for("Anna", template="newsletter")
    with Sink() as sink, _sender(optician, sink.port, folder) as sender:
        sender.send_due()
    assert (Message.get().state, Message.get().reason, sink.begun) == ("refused", "no_issue", 0)


def test_forty_mails_go_side_by_side_over_a_few_connections_that_are_used_again(optician: Optician) -> None:
    optician.queue_for(*(f"Anna{n}" for n in range(45)))
    with Sink() as sink, _sender(optician, sink.port) as sender:
        assert sender.send_due().counts == {"sent": 45}
        assert sink.connections <= 4
        assert sink.most_open > 1
    assert len({_read(raw)["To"] for raw in sink.accepted}) == 45
    assert states() == ["sent"] * 45


def test_a_sender_who_finds_more_than_it_takes_at_once_calls_another_and_else_does_not(
    optician: Optician,
) -> None:
    calls: list[int] = []
    optician.queue_for(*(f"Anna{n}" for n in range(CLAIMED_AT_ONCE + 1)))
    with Sink() as sink, _sender(optician, sink.port) as sender:
        sender.call_others = lambda: calls.append(len(sink.accepted))
        sender.send_due()
    assert calls == [0], "before its first mail, and not again for the one that was left"


def test_never_more_than_twenty_are_in_doubt_and_a_batch_is_settled_when_the_next_begins(
    optician: Optician,
) -> None:
    optician.queue_for(*(f"Anna{n}" for n in range(45)))
    seen: list[tuple[int, int]] = []

    def look() -> None:
        with optician.store.use():
            now = states()
            seen.append((now.count("sending"), now.count("sent")))

    with Sink() as sink, _sender(optician, sink.port, connections=1) as sender:
        sink.on_end = look
        sender.send_due()
    assert seen == [(20, 0)] * 20 + [(20, 20)] * 20 + [(5, 40)] * 5


def test_a_connection_on_which_the_relay_hung_up_between_rounds_costs_no_mail_its_turn(
    optician: Optician,
) -> None:
    with Sink() as sink, _sender(optician, sink.port) as sender:
        for name in ("Anna", "Borys"):
            optician.queue_for(name)
            assert sender.send_due().counts == {"sent": 1}
            sink.hang_up()
        assert sink.connections == 2


def test_a_connection_that_breaks_between_two_mails_is_opened_again(optician: Optician) -> None:
    optician.queue_for("Anna", "Borys", "Celina")
    with Sink(after=DROP) as sink, _sender(optician, sink.port, connections=1) as sender:
        assert sender.send_due().counts == {"sent": 3}
        assert sink.connections == 3


def test_a_hostile_name_stays_a_name(optician: Optician) -> None:
    bad = "Anna\r\nBcc: all@example.com {{ 7*7 }} <script>alert(1)</script>"
    anna = optician.customer("Anna", first_name=bad)
    optician.queue(optician.draft(anna, optician.order(anna), template="thank-you", purpose="transactional"))
    with Sink() as sink, _sender(optician, sink.port) as sender:
        assert sender.send_due().counts == {"sent": 1}
    mail = _read(sink.accepted[0])
    assert mail["Bcc"] is None
    assert "{{ 7*7 }}" in str(mail["Subject"])
    assert "<script>" not in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_a_server_whose_links_would_be_folded_does_not_begin_to_send(optician: Optician) -> None:
    settings = config(public_url="https://" + "long." * 12 + "example")
    with pytest.raises(ConfigError, match="public_url"):
        Sender(optician.store, settings, Templates(SHIPPED), Pool(settings.relay), Standing(), "w1")


def test_a_stopped_sender_gives_back_what_it_has_not_begun(optician: Optician) -> None:
    optician.queue_for(*(f"Anna{n}" for n in range(30)))
    with Sink() as sink, _sender(optician, sink.port) as sender:
        sender.stopped = lambda: len(sink.accepted) >= 20
        sender.send_due()
    assert sorted(states()) == ["queued"] * 10 + ["sent"] * 20


@pytest.mark.parametrize(
    ("worker", "found"),
    [(worker_name(), 0), (worker_name().split(":")[0] + ":4194305", 1), ("elsewhere:1", 0)],
    ids=["alive", "dead", "of another machine"],
)
def test_what_a_dead_process_of_this_machine_held_is_taken_back_at_once(
    optician: Optician, worker: str, found: int
) -> None:
    optician.queue_for("Anna")
    Message.update(state="sending", claimed_by=worker, lease_until_at=NOON + MINUTE).execute()
    assert take_back(optician.store, NOON) == found
