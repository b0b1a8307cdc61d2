"""Claims: one worker each, transactional mail first, nothing before its time."""

from __future__ import annotations

import threading

from engine.clock import MINUTE
from engine.outbox.claim import claim, let_go
from models import Message, RuleState, Setting
from tests.outbox.shop import NOON, Optician, later, states


def test_a_mail_keeps_one_identity_for_life_from_the_moment_it_is_queued(optician: Optician) -> None:
    first, second = (Message.get_by_id(key) for key in optician.queue_for("Anna", "Borys"))
    assert len({first.token, second.token, first.message_id, second.message_id}) == 4
    assert len(first.token) == 22
    assert (first.state, first.counted_at, first.not_before_at) == ("queued", NOON, NOON)


def test_the_ids_come_back_in_the_order_of_the_drafts(optician: Optician) -> None:
    keys = optician.queue_for("Anna", "Borys", "Celina")
    assert [Message.get_by_id(key).customer.first_name for key in keys] == ["Anna", "Borys", "Celina"]


def test_what_the_marketer_wrote_in_durations_is_kept_as_words(optician: Optician) -> None:
    class Days:
        def __str__(self) -> str:
            return "14 days"

    (key,) = optician.queue_for("Anna", extra={"coupon": {"percent": 10, "valid": Days()}})
    assert Message.get_by_id(key).extra == {"coupon": {"percent": 10, "valid": "14 days"}}


def test_a_thank_you_goes_before_a_newsletter_that_was_queued_earlier(optician: Optician) -> None:
    letters = optician.queue_for("Anna", "Borys", "Celina")
    (thanks,) = optician.queue_for("Daria", purpose="transactional")
    assert [row.id for row in claim(optician.store, "w1", NOON, 1)] == [thanks]
    assert {row.id for row in claim(optician.store, "w1", NOON, 10)} == set(letters)


def test_nothing_is_claimed_before_its_time(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna", not_before_at=later(10))
    assert claim(optician.store, "w1", later(10) - 1, 10) == []
    assert [row.id for row in claim(optician.store, "w1", later(10), 10)] == [key]


def test_a_second_worker_gets_only_what_the_first_has_left(optician: Optician) -> None:
    keys = optician.queue_for("Anna", "Borys", "Celina")
    first = [row.id for row in claim(optician.store, "w1", NOON, 2)]
    second = [row.id for row in claim(optician.store, "w2", NOON, 10)]
    assert sorted(first + second) == keys
    assert {row.claimed_by for row in Message.select().where(Message.id << first)} == {"w1"}


def test_four_workers_at_once_never_claim_the_same_mail(optician: Optician) -> None:
    keys = optician.queue_for(*(f"Anna{n}" for n in range(40)))
    claimed: list[int] = []
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            with optician.store.use():
                while rows := claim(optician.store, name, NOON, 3):
                    claimed.extend(row.id for row in rows)
        except Exception as error:  # noqa: BLE001 - the test tells it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(claimed) == keys


def test_what_a_worker_lets_go_can_be_claimed_by_another(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    claim(optician.store, "w1", NOON, 10)
    assert let_go(optician.store, "w1", NOON, retry_at=NOON + MINUTE) == 1
    assert claim(optician.store, "w2", NOON, 10) == []
    assert [row.id for row in claim(optician.store, "w2", NOON + MINUTE, 10)] == [key]


def test_a_paused_rule_purpose_or_server_is_left_in_the_queue_until_it_is_resumed(optician: Optician) -> None:
    refill, thanks = optician.queue_for("Anna") + optician.queue_for(
        "Borys", purpose="transactional", rule="thanks"
    )
    pause = Setting.create(name="paused:all", value=True)
    assert claim(optician.store, "w1", NOON, 10) == []
    Setting.update(name="paused:marketing").where(Setting.id == pause.id).execute()
    assert [row.id for row in claim(optician.store, "w1", NOON, 10)] == [thanks]
    Setting.delete().execute()
    state = RuleState.create(shop=optician.shop, rule="refill", digest="", since_at=0, paused=True)
    assert claim(optician.store, "w1", NOON, 10) == []
    assert states(refill) == ["queued"]
    RuleState.update(paused=False).where(RuleState.id == state.id).execute()
    assert [row.id for row in claim(optician.store, "w1", NOON, 10)] == [refill]


def test_a_claim_walks_the_index_and_does_not_sort_the_backlog(optician: Optician) -> None:
    if optician.store.postgresql:
        return  # its planner scans so small a table; SQLite's plan does not depend on size
    query = Message.select(Message.id, Message.domain_group).where(
        Message.state == "queued", Message.not_before_at <= NOON,
        (Message.purpose == "transactional") & (Message.domain_group << ["google", "others"]),
    )  # fmt: skip
    sql, params = query.limit(5).sql()
    plan = " ".join(
        str(row[-1]) for row in optician.store.database.execute_sql("explain query plan " + sql, params)
    )
    index = "message_state_domain_group_purpose_not_before_at"
    assert (
        f"USING COVERING INDEX {index} (state=? AND domain_group=? AND purpose=? AND not_before_at<?)" in plan
    )
    assert "TEMP B-TREE" not in plan
