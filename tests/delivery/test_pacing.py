"""A sender keeps to the paces: it lets orders pass, slows down when asked, and keeps staging mail among its makers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.clock import DAY, MINUTE, SECOND
from engine.config_sending import Pace
from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.outbox.acts import pause_rule, resume_rule
from engine.outbox.away import away_now
from engine.outbox.pace import read_buckets
from engine.outbox.refusals import why_paused
from models import Act, Address, Feedback, Message, RuleState
from tests.delivery.mails import SHIPPED
from tests.delivery.sink import Sink
from tests.delivery.test_sender import Standing
from tests.outbox.shop import NOON, Optician, config, states


@contextmanager
def _sender(optician: Optician, port: int, connections: int = 1, **settings: Any) -> Iterator[Sender]:
    relay = {"host": "127.0.0.1", "port": port, "connections": connections, "timeout_seconds": 5}
    read = config(relay=relay, **settings)
    pool = Pool(read.relay)
    try:
        yield Sender(optician.store, read, Templates(SHIPPED), pool, Standing(), "here:1")
    finally:
        pool.close()


def _later(sender: Sender, span: int) -> Sender:
    assert isinstance(sender.clock, Standing)
    sender.clock.at += span
    return sender


def _rule(optician: Optician, rule: str = "refill") -> None:
    RuleState.create(shop=optician.shop, rule=rule, digest="", since_at=0)


def _offers(optician: Optician, count: int, domain: str = "example.com", **changed: Any) -> list[int]:
    before = Message.select().count()
    people = [optician.customer(f"A{before + n}", email=f"a{before + n}@{domain}") for n in range(count)]
    return optician.queue(*(optician.draft(person, **changed) for person in people))


def test_a_newsletter_leaves_at_its_providers_pace_and_others_do_not_wait_for_it(optician: Optician) -> None:
    _offers(optician, 9, "gmail.com")
    others = _offers(optician, 5)
    with Sink() as sink, _sender(optician, sink.port, pace={"google": 4}) as sender:
        assert sender.send_due().counts == {"sent": 9}
        assert states(*others) == ["sent"] * 5
        assert sender.send_due().counts == {}
        assert _later(sender, 15 * SECOND).send_due().counts == {"sent": 1}


def test_the_catcher_takes_any_pace(optician: Optician) -> None:
    _offers(optician, 5, "gmail.com")
    with Sink() as sink:
        read = config(pace={"google": 1})
        pool = Pool(read.relay, port=sink.port)
        counts = (
            Sender(optician.store, read, Templates(SHIPPED), pool, Standing(), "here:1").send_due().counts
        )
        pool.close()
    assert counts == {"sent": 5}


def test_a_thank_you_that_comes_in_the_midst_of_a_newsletter_waits_for_one_batch_of_it(
    optician: Optician,
) -> None:
    _offers(optician, 90)
    daria = optician.customer("Daria")

    def order_comes() -> None:
        if len(sink.accepted) == 25:
            with optician.store.use():
                optician.queue(optician.draft(daria, purpose="transactional", rule="thanks"))

    with Sink() as sink, _sender(optician, sink.port) as sender:
        sink.on_end = order_comes
        assert sender.send_due().counts == {"sent": 91}
    place = next(n for n, raw in enumerate(sink.accepted) if b"<daria@example.com>" in raw)
    assert place == 40  # after the batch that was on its way


def test_mail_that_was_held_back_at_the_last_moment_makes_room_for_the_next(optician: Optician) -> None:
    _rule(optician)
    _offers(optician, 4, "gmail.com", decided_at=NOON - DAY)
    _offers(optician, 4, "gmail.com")
    with Sink() as sink, _sender(optician, sink.port, pace={"google": 4}) as sender:
        sender.not_now = lambda row: NOON + DAY
        assert sender.send_due().counts == {"later": 4, "sent": 4}


def test_a_receiver_who_says_slow_down_halves_its_pace_and_the_rest_of_the_claim_waits(
    optician: Optician,
) -> None:
    _offers(optician, 100, "gmail.com")
    with (
        Sink(rcpt="450 4.7.28 unusual rate") as sink,
        _sender(optician, sink.port, pace={"google": 600}) as sender,
    ):
        counts = sender.send_due().counts
        assert 20 <= counts["deferred"] <= 40  # the batch that was on its way, and perhaps the next
        assert read_buckets(sender.config.pace, NOON)["google"].a_minute == 300
        assert Message.select().where(Message.state == "queued").count() == 100 - counts["deferred"]
        del sink.script["rcpt"]
        _later(sender, 10 * MINUTE).send_due()
    assert set(states()) == {"sent"}


def test_a_busy_mailbox_slows_nobody_down(optician: Optician) -> None:
    _offers(optician, 3, "gmail.com")
    with Sink(rcpt="452 4.2.2 mailbox full") as sink, _sender(optician, sink.port) as sender:
        assert sender.send_due().counts == {"deferred": 3}
        assert read_buckets(sender.config.pace, NOON)["google"].a_minute == 1_200


def test_a_rule_whose_mails_are_refused_by_policy_is_paused_and_says_why(optician: Optician) -> None:
    _rule(optician)
    _offers(optician, 60)
    limits = {"refusals": {"at_least": 5, "of_latest": 30}}
    with (
        Sink(end="550 5.7.1 <a3@example.com> blocked") as sink,
        _sender(optician, sink.port, rules=limits) as sender,
    ):
        counts = sender.send_due().counts
    assert RuleState.get().paused
    assert counts["refused"] <= 40  # the batch that was on its way, and perhaps the next
    assert counts["refused"] + Message.select().where(Message.state == "queued").count() == 60
    act = Act.get(Act.act == "pause")
    assert (act.author, act.what, act.channel) == ("regulars", "refill", "server")
    assert act.detail == {
        "because": "refused_by_policy", "shop": "optyk", "refused": 20, "of_latest": 20,
        "reply": "550 5.7.1 <…@…> blocked",
    }  # fmt: skip


def test_a_relay_that_is_on_a_block_list_costs_no_customer_their_mails_whatever_its_own_address_is(
    optician: Optician,
) -> None:
    _rule(optician)
    _offers(optician, 20)
    limits = {"refusals": {"at_least": 5, "of_latest": 30}}
    blocked = "550 5.7.1 Service unavailable; client host [185.1.1.7] blocked using zen.spamhaus.org"
    with Sink(rcpt=blocked) as sink, _sender(optician, sink.port, rules=limits) as sender:
        sender.send_due()
    assert {row.reason for row in Message.select()} == {"refused_by_policy"}
    assert Address.select().where(Address.suppressed_at.is_null(False)).count() == 0
    assert {(row.kind, row.status) for row in Feedback.select()} == {("policy", "5.7.1")}
    assert RuleState.get().paused


def test_a_person_resumes_it_and_old_refusals_are_forgotten(optician: Optician) -> None:
    _rule(optician)
    _offers(optician, 6)
    limits = {"refusals": {"at_least": 5, "of_latest": 30}}
    with Sink(end="550 5.7.1 blocked") as sink, _sender(optician, sink.port, rules=limits) as sender:
        sender.send_due()
        assert why_paused(optician.shop.id, "refill") is not None
        resume_rule(optician.store, "refill", "anna", NOON)
        assert why_paused(optician.shop.id, "refill") is None
        _offers(optician, 4)
        _later(sender, MINUTE).send_due()
        assert not RuleState.get().paused  # four are no pile
        pause_rule(optician.store, "refill", "borys", NOON + MINUTE)
        assert why_paused(optician.shop.id, "refill") is None  # a person's own pause says nothing of refusals


def test_few_refusals_among_many_mails_pause_nothing(optician: Optician) -> None:
    _rule(optician)
    limits = {"refusals": {"at_least": 5, "of_latest": 20}}
    with Sink() as sink, _sender(optician, sink.port, rules=limits) as sender:
        for minute in range(6):
            _offers(optician, 1)
            sink.script["end"] = "550 5.7.1 blocked"
            _later(sender, minute and MINUTE).send_due()
            _offers(optician, 4)
            sink.script["end"] = "250 ok"
            _later(sender, MINUTE).send_due()
    assert Message.select().where(Message.reason == "refused_by_policy").count() == 6
    assert not RuleState.get().paused


def test_a_rule_about_orders_is_never_paused_and_null_turns_it_off(optician: Optician) -> None:
    _rule(optician)
    _offers(optician, 20, purpose="transactional")
    with Sink(end="550 5.7.1 blocked") as sink:
        with _sender(optician, sink.port) as sender:
            sender.send_due()
        _offers(optician, 20)
        with _sender(optician, sink.port, rules={"refusals": None}) as sender:
            sender.send_due()
    assert not RuleState.get().paused


def test_on_a_staging_server_only_its_makers_get_mail_and_everybody_else_is_told_apart(
    optician: Optician,
) -> None:
    for email in ("anna@shop.example", "borys@gmail.com", "celina@gmail.com", "daria@sub.shop.example"):
        optician.queue(optician.draft(optician.customer(email.split("@")[0], email=email)))
    with Sink() as sink, _sender(optician, sink.port, only_to=["Borys@gmail.com", "@shop.example"]) as sender:
        assert sender.send_due().counts == {"sent": 2, "cancelled": 2}
    assert states() == ["sent", "sent", "cancelled", "cancelled"]
    row = Message.get(Message.state == "cancelled")
    assert (row.reason, row.reply) == ("only_to", "config.yaml: only_to does not name this address")


def test_an_empty_only_to_mails_nobody(optician: Optician) -> None:
    _offers(optician, 2, purpose="transactional")
    with Sink() as sink, _sender(optician, sink.port, only_to=[]) as sender:
        assert sender.send_due().counts == {"cancelled": 2}
    assert sink.accepted == []


def test_a_relay_that_is_away_is_written_down_until_it_is_back(optician: Optician) -> None:
    _offers(optician, 1)
    with Sink() as sink:
        port = sink.port
    with _sender(optician, port) as sender:
        sender.send_due()
        (away,) = away_now(NOON)
        assert (away.machine, away.since_at) == ("here", NOON)
        _later(sender, MINUTE).send_due()
        assert [each.since_at for each in away_now(NOON + MINUTE)] == [NOON]
    with Sink() as sink, _sender(optician, sink.port) as sender:
        assert _later(sender, 2 * MINUTE).send_due().counts == {"sent": 1}
    assert list(away_now(NOON + 2 * MINUTE)) == []


def test_the_pace_of_config_is_what_a_sender_keeps_to(optician: Optician) -> None:
    with _sender(optician, 1, pace={"google": 7, "domains": {"firma.example": "google"}}) as sender:
        assert sender.pacing.pace == Pace(google=7, domains={"firma.example": "google"})
