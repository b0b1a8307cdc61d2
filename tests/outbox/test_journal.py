"""Every change of a mail's state is told once, when it is committed, by numbers and never by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.clock import DAY
from engine.consent.suppression import suppress
from engine.journal import move, ranges
from engine.outbox.acts import pause_purpose, pause_rule, resume_rule
from engine.outbox.begin import Prepared, begin_sending
from engine.outbox.claim import claim, let_go
from engine.outbox.recover import expire, recover
from engine.outbox.settle import Settled, refuse, settle
from engine.store import open_store
from engine.tallies import counted, tallies
from models import Message, RuleState, Shop
from tests.outbox.shop import NOON, Optician, later


@pytest.fixture(autouse=True)
def counters() -> Iterator[None]:
    """Leaves no counts of one test to the next."""
    tallies._gathered.clear()
    yield
    tallies._gathered.clear()


def told(logs: list[Any], *names: str) -> list[tuple[Any, ...]]:
    """Returns event and some values of each line about mail."""
    return [(line["event"], *(line.get(name) for name in names)) for line in logs if "mail " in line["event"]]


def sending(optician: Optician, *keys: int) -> None:
    claim(optician.store, "w1", NOON, 10)
    begin_sending(optician.store, "w1", [Prepared(key, "s", f"<{key}@x>") for key in keys], NOON)


def test_a_mail_that_is_sent_is_told_from_claim_to_reply(optician: Optician) -> None:
    keys = optician.queue_for("Anna", "Borys", "Celina")
    with capture_logs() as logs:
        sending(optician, *keys)
        settle(
            optician.store,
            "w1",
            [Settled(key, "sent", "250 2.0.0 Ok: queued as 4F") for key in keys],
            later(1),
        )
    span = f"{keys[0]}-{keys[-1]}"
    assert told(logs, "messages", "count", "code") == [
        ("mail claimed", span, 3, None), ("mail sending", span, 3, None), ("mail sent", span, 3, "250 2.0.0"),
    ]  # fmt: skip
    assert {(line["rule"], line["purpose"]) for line in logs} == {("refill", "marketing")}


@pytest.mark.parametrize(
    ("settled", "state", "reason", "code"),
    [
        (Settled(0, "refused", "550 5.1.1 <anna@example.com> is gone", "hard_bounce"), "refused", "hard_bounce", "550 5.1.1"),
        (Settled(0, "deferred", "451 4.7.1 anna try later"), "deferred", None, "451 4.7.1"),
        (Settled(0, "unknown", "connection lost to anna's host"), "unknown", "unknown 1", None),
    ],
)  # fmt: skip
def test_what_a_relay_says_is_told_by_its_code_alone(
    optician: Optician, settled: Settled, state: str, reason: str | None, code: str | None
) -> None:
    [key] = optician.queue_for("Anna")
    sending(optician, key)
    with capture_logs() as logs:
        settle(optician.store, "w1", [Settled(key, settled.outcome, settled.reply, settled.reason)], later(1))
    assert told(logs, "messages", "reason", "code") == [(f"mail {state}", str(key), reason, code)]
    assert "anna" not in str(logs).lower()


def test_what_is_taken_back_stopped_late_or_given_up_is_told(optician: Optician) -> None:
    keys = optician.queue_for("Anna", "Borys", "Celina", "Daria", "Ewa")
    claim(optician.store, "w1", NOON, 1)
    with capture_logs() as logs:
        let_go(optician.store, "w1", NOON)
        suppress(optician.store, Message.get_by_id(keys[1]).address_id, "spam", NOON)
        claim(optician.store, "w2", NOON, 1)
        recover(optician.store, NOON, ["w2"])
        [row] = claim(optician.store, "w3", NOON, 1)
        refuse(optician.store, "w3", [(row.id, "template_error", "x")], NOON)
        expire(optician.store, NOON + 30 * DAY)
    assert told(logs, "count", "reason") == [
        ("mail queued", 1, None), ("mail cancelled", 1, "suppressed"), ("mail claimed", 1, None),
        ("mail queued", 1, None), ("mail claimed", 1, None), ("mail refused", 1, "template_error"),
        ("mail expired", 3, "expired"),
    ]  # fmt: skip
    tallies.write(optician.store)
    assert counted("messages")['purpose="marketing",state="expired"'] == 3
    assert counted("stopped") == {
        'reason="suppressed",state="cancelled"': 1,
        'reason="template_error",state="refused"': 1,
    }


def test_a_mail_stopped_at_the_last_question_is_told_with_the_reason(optician: Optician) -> None:
    [anna, borys] = optician.queue_for("Anna", "Borys")
    claim(optician.store, "w1", NOON, 10)
    optician.consent(Message.get_by_id(anna).customer, "marketing", False, NOON)
    pause_purpose(optician.store, "newsletter", True, "me", NOON)
    with capture_logs() as logs:
        begin_sending(optician.store, "w1", [Prepared(key, "s", f"<{key}@x>") for key in (anna, borys)], NOON)
    assert sorted(told(logs, "messages", "reason")) == [
        ("mail cancelled", str(anna), "no_consent"), ("mail sending", str(borys), None),
    ]  # fmt: skip


def test_what_is_rolled_back_is_not_told(optician: Optician) -> None:
    optician.queue_for("Anna")
    with capture_logs() as logs, pytest.raises(ZeroDivisionError), optician.store.transaction():
        move(Message.state == "queued", state="expired")
        raise ZeroDivisionError
    assert logs == []


def test_a_rule_that_is_paused_and_resumed_is_told_and_nobody_is_named(optician: Optician) -> None:
    RuleState.create(shop=Shop.get(), rule="refill", digest="d", since_at=0)
    with capture_logs() as logs:
        pause_rule(optician.store, "refill", "anna@example.com", NOON)
        resume_rule(optician.store, "refill", "anna@example.com", NOON)
        pause_purpose(optician.store, "all", True, "anna@example.com", NOON)
    assert [(line["event"], line["what"]) for line in logs] == [
        ("rule paused", "refill"), ("rule resumed", "refill"), ("purpose paused", "all"),
    ]  # fmt: skip
    assert "anna" not in str(logs)


def test_a_rehearsal_in_memory_says_nothing() -> None:
    store = open_store("sqlite://:memory:").create()
    with store.use(), capture_logs() as logs:
        optician = Optician(store)
        optician.queue_for("Anna")
        assert len(claim(store, "w1", NOON, 10)) == 1
    store.close()
    assert logs == []


def test_numbers_are_written_as_stretches() -> None:
    assert ranges([7, 3, 1, 2, 9, 8]) == "1-3,7-9"
    assert ranges([5]) == "5"
