"""A mail never leaves without the code that it promises, and a mail that is only looked at has none."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path

from engine import calendar
from engine.clock import DAY
from engine.delivery.context import context_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.loyalty.pools import add_codes, empty_pools
from engine.reports.troubles import troubles
from engine.rulebook.ast import Duration
from models import Coupon, Message
from tests.delivery.mails import section, write
from tests.delivery.sink import Sink
from tests.delivery.test_sender import _clock, _sender
from tests.outbox.shop import NOON, Optician, config

OFFER = {"coupon": {"percent": 10, "valid": Duration(14, "days")}}
FROM_POOL = {"coupon": {"percent": 10, "valid": Duration(1, "days"), "pool": "spring"}}
LETTER = {
    "gift/pl/subject.txt": "{{ coupon.percent }}% do {{ coupon.valid_until|date }}",
    "gift/pl/body.mjml": section("Kod: {{ coupon.code }}"),
}


def read(raw: bytes) -> tuple[str, str]:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return str(mail["Subject"]), mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_the_mail_brings_the_code_that_the_store_has(optician: Optician, tmp_path: Path) -> None:
    (key,) = optician.queue_for("Anna", template="gift", extra=OFFER)
    with Sink() as sink, _sender(optician, sink.port, write(tmp_path, LETTER)) as sender:
        sender.key = b"the key of a home"
        assert sender.send_due().counts == {"sent": 1}
    subject, text = read(sink.accepted[0])
    assert subject == "10% do 15 marca 2026"
    row = Coupon.get()
    assert (row.message_id, row.percent, row.valid_until) == (key, 10, "2026-03-15")
    assert f"Kod: {row.code}" in text
    assert "EXAMPLE" not in text


def test_a_mail_that_is_put_off_keeps_its_code(optician: Optician, tmp_path: Path) -> None:
    optician.queue_for("Anna", template="gift", extra=OFFER)
    with Sink() as sink, _sender(optician, sink.port, write(tmp_path, LETTER)) as sender:
        sender.key = b"the key of a home"
        sender.not_now = lambda _: NOON + 4 * DAY
        _clock(sender).at = NOON + 2 * DAY
        assert sender.send_due().counts == {"later": 1}
        code = Coupon.get().code
        _clock(sender).at, sender.not_now = NOON + 4 * DAY, lambda _: None
        assert sender.send_due().counts == {"sent": 1}
    assert f"Kod: {code}" in read(sink.accepted[0])[1]
    assert Coupon.select().count() == 1


def test_an_empty_pool_refuses_the_mail_and_tells_the_operator(optician: Optician, tmp_path: Path) -> None:
    add_codes(optician.store, optician.shop.id, "spring", ["SPRING-1"], NOON)
    optician.queue_for("Anna", "Borys", template="gift", extra=FROM_POOL)
    with Sink() as sink, _sender(optician, sink.port, write(tmp_path, LETTER)) as sender:
        sender.key = b"the key of a home"
        assert sender.send_due().counts == {"refused": 1, "sent": 1}
    assert [read(raw)[1].strip() for raw in sink.accepted] == ["Kod: SPRING-1"]
    borys = Message.get(Message.state == "refused")
    assert borys.reason == "no_coupon"
    assert "server.py coupons add spring FILE" in borys.reply
    assert [(t.kind, t.what) for t in troubles(optician.shop.id, NOON) if t.kind == "coupons"] == [
        ("coupons", "spring")
    ]
    assert list(empty_pools(optician.shop.id)) == ["spring"]


def test_a_mail_that_is_only_looked_at_shows_an_example_and_issues_nothing(
    optician: Optician, tmp_path: Path
) -> None:
    templates = Templates(write(tmp_path, LETTER))
    draft = optician.draft(optician.customer("Anna"), template="gift", extra=FROM_POOL)
    mail = render(context_of(draft, config(), NOON), templates)
    assert (mail.subject, mail.text.strip()) == ("10% do 2 marca 2026", "Kod: EXAMPLE-0000")
    (key,) = optician.queue(draft)
    mail = render(context_of(Message.get_by_id(key), config(), NOON), templates)
    assert "EXAMPLE-0000" in mail.text
    assert Coupon.select().count() == 0


def test_the_console_shows_a_mails_own_code_once_it_has_one(optician: Optician, tmp_path: Path) -> None:
    (key,) = optician.queue_for("Anna", template="gift", extra=OFFER)
    folder = write(tmp_path, LETTER)
    with Sink() as sink, _sender(optician, sink.port, folder) as sender:
        sender.key = b"the key of a home"
        sender.send_due()
    mail = render(context_of(Message.get_by_id(key), config(), NOON + 30 * DAY), Templates(folder))
    assert Coupon.get().code in mail.text
    day = calendar.local(NOON, "Europe/Warsaw").date() + timedelta(days=14)
    assert mail.subject == f"10% do {day.day} marca 2026"
