"""Pausing stops a rule at once, also what is queued; resuming and releasing let it go on; the log says who."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from engine.clock import DAY, SECOND
from engine.outbox.acts import acts_on, pause_purpose, pause_rule, release_rule, resume_rule
from engine.outbox.begin import Prepared, begin_sending
from engine.outbox.claim import claim
from models import Hold, Message, RuleState
from tests.outbox.shop import NOON, Optician, later, states


@pytest.fixture
def refill(optician: Optician) -> RuleState:
    """The optician's rule, as a tick has written it down."""
    return RuleState.create(shop=optician.shop, rule="refill", digest="", since_at=0)


def prepared(*keys: int) -> list[Prepared]:
    return [Prepared(key, "Time again", f"<{key}@optyk.example>") for key in keys]


def test_a_pause_counts_what_waits_and_what_can_no_longer_be_called_back(
    optician: Optician, refill: RuleState
) -> None:
    gone, claimed, *_ = optician.queue_for("Anna", "Borys", "Celina")
    claim(optician.store, "w1", NOON, 2)
    begin_sending(optician.store, "w1", prepared(gone), NOON)
    met = pause_rule(optician.store, "refill", "jolanta", NOON)
    assert met is not None
    assert (met.rules, met.waiting, met.sending) == (1, 2, 1)
    assert begin_sending(optician.store, "w1", prepared(claimed), NOON).go == []
    assert states(claimed) == ["queued"]
    assert claim(optician.store, "w1", later(5), 10) == []


def test_what_waited_goes_out_after_the_resume_and_the_log_says_who_did_it(
    optician: Optician, refill: RuleState
) -> None:
    (key,) = optician.queue_for("Anna")
    pause_rule(optician.store, "refill", "jolanta", NOON)
    resume_rule(optician.store, "refill", "piotr", later(5))
    assert [row.id for row in claim(optician.store, "w1", later(5), 10)] == [key]
    assert [(act.author, act.act, act.at) for act in acts_on("refill")] == [
        ("piotr", "resume", later(5)),
        ("jolanta", "pause", NOON),
    ]


def test_a_resumed_rule_acts_from_then_on_and_one_that_was_not_paused_is_left_alone(
    optician: Optician, refill: RuleState
) -> None:
    resume_rule(optician.store, "refill", "piotr", later(1))
    assert RuleState.get_by_id(refill.id).since_at == 0
    pause_rule(optician.store, "refill", "piotr", later(2))
    resume_rule(optician.store, "refill", "piotr", later(3))
    assert RuleState.get_by_id(refill.id).since_at == later(3)


def test_a_pause_of_an_unknown_rule_says_so_and_writes_nothing(optician: Optician) -> None:
    assert pause_rule(optician.store, "refil", "jolanta", NOON) is None
    assert acts_on("refil") == []


def test_a_paused_purpose_keeps_its_mails_in_the_queue(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    met = pause_purpose(optician.store, "marketing", True, "jolanta", NOON)
    assert met.waiting == 1
    assert claim(optician.store, "w1", NOON, 10) == []
    pause_purpose(optician.store, "marketing", False, "jolanta", NOON)
    assert [row.id for row in claim(optician.store, "w1", NOON, 10)] == [key]


def test_a_release_lifts_the_brake_for_a_day_and_wakes_what_waits(
    optician: Optician, refill: RuleState
) -> None:
    optician.queue_for("Anna")
    customer = Message.get().customer_id
    RuleState.update(braked_at=NOON).execute()
    Hold.create(
        shop=optician.shop, rule="refill", customer=customer, anchor="bought:1", anchor_at=0, due_at=NOON,
        expires_at=NOON + DAY, held_at=NOON, wake_at=NOON + DAY, reason="braked",
    )  # fmt: skip
    met = release_rule(optician.store, "refill", "jolanta", later(5))
    assert met is not None
    assert (met.rules, met.held) == (1, 1)
    state = RuleState.get_by_id(refill.id)
    assert (state.braked_at, state.released_until_at) == (None, later(5) + DAY)
    assert Hold.get().wake_at == later(5)


def race(optician: Optician, senders: int, act: Callable[[], object]) -> list[Exception]:
    """Runs real senders beside one act, each on a connection of its own, until all is claimed or stopped."""
    failures: list[Exception] = []

    def send(name: str) -> None:
        try:
            with optician.store.use():
                for _ in range(40):
                    rows = claim(optician.store, name, NOON, 3)
                    begin_sending(optician.store, name, prepared(*(row.id for row in rows)), NOON)
        except Exception as error:  # noqa: BLE001 - the test tells it
            failures.append(error)

    def stop() -> None:
        try:
            with optician.store.use():
                act()
        except Exception as error:  # noqa: BLE001 - the test tells it
            failures.append(error)

    threads = [threading.Thread(target=send, args=(f"w{n}",)) for n in range(senders)]
    threads.insert(1, threading.Thread(target=stop))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_nothing_begins_to_leave_after_a_pause_has_returned_however_many_send_beside_it(
    optician: Optician, refill: RuleState
) -> None:
    optician.queue_for(*(f"Anna{n}" for n in range(60)))
    seen: list[tuple[int, int]] = []

    def act() -> None:
        met = pause_rule(optician.store, "refill", "jolanta", NOON)
        assert met is not None
        begun = Message.select().where(Message.state == "sending").count()
        seen.append((met.sending, begun))

    assert race(optician, 3, act) == []
    ((said, begun),) = seen
    at_the_end = Message.select().where(Message.state == "sending").count()
    assert said == begun == at_the_end


def test_a_pause_waits_for_the_batch_that_is_just_being_begun(optician: Optician, refill: RuleState) -> None:
    (key,) = optician.queue_for("Anna")
    claim(optician.store, "w1", NOON, 10)
    inside, go_on = threading.Event(), threading.Event()
    met: list[int] = []

    def asks_at_length(_: Message) -> None:
        inside.set()
        go_on.wait(10)

    def begin() -> None:
        with optician.store.use():
            begin_sending(optician.store, "w1", prepared(key), later(90), asks_at_length)

    def stop() -> None:
        with optician.store.use():
            found = pause_rule(optician.store, "refill", "jolanta", later(90))
            met.append(found.sending if found else -1)

    threads = [threading.Thread(target=begin), threading.Thread(target=stop)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    threads[1].join(0.3)
    assert met == []  # it has not returned: the mail is not yet written down as being sent
    go_on.set()
    for thread in threads:
        thread.join()
    assert met == [1]


def test_a_claimed_mail_that_a_pause_stops_waits_until_it_is_resumed_and_no_longer(
    optician: Optician, refill: RuleState
) -> None:
    (key,) = optician.queue_for("Anna")
    claim(optician.store, "w1", NOON, 10)
    pause_rule(optician.store, "refill", "jolanta", NOON)
    assert begin_sending(optician.store, "w1", prepared(key), NOON).later == {key: NOON}
    assert claim(optician.store, "w2", later(5), 10) == []
    resume_rule(optician.store, "refill", "jolanta", NOON + SECOND)
    assert [row.id for row in claim(optician.store, "w2", NOON + SECOND, 10)] == [key]
