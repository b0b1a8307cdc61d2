"""What is thrown away when, what never is, and that nobody waits for it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import models
from engine.audit import write_down
from engine.clock import DAY
from engine.config import read_config
from engine.errors import ConfigError
from engine.roles import retention
from engine.roles.retention import KEPT, prune, rendered
from engine.store import Store, open_store
from engine.tallies import counted, tallies
from models import (
    TABLES,
    Caught,
    Change,
    ConsentChange,
    Decision,
    Event,
    Idempotency,
    Message,
    RuleDay,
    Settlement,
    Shop,
    Suppression,
)
from tests.outbox.shop import NOON, Optician, config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate" / "retention.md"
OLD = NOON - 2000 * DAY


def home(store: Store, **retention: Any) -> Any:
    return SimpleNamespace(
        store=store,
        clock=SimpleNamespace(now=lambda: NOON),
        config=config(**({"retention": retention} if retention else {})),
    )


def test_every_table_says_how_long_it_keeps_its_rows_and_the_page_says_the_same() -> None:
    assert {table.__name__ for table in TABLES} - {table.__name__ for table in KEPT} == set(), (
        "name it in engine/roles/retention.py, and put what `rendered()` returns on the page"
    )
    assert set(KEPT) - set(TABLES) == set()
    assert rendered() in PAGE.read_text("utf-8"), (
        "put what engine.roles.retention.rendered() returns on the page"
    )


def test_what_forbids_a_mail_and_what_proves_consent_is_never_thrown_away() -> None:
    for table in (Settlement, ConsentChange, Suppression, models.Address, models.LedgerHead):
        assert KEPT[table].old is None


def test_the_audit_log_is_kept_for_ever_unless_somebody_says_otherwise(store: Store) -> None:
    for days in (200, 100, 0):
        write_down("jolanta", "pause", "refill", NOON - days * DAY)
    assert prune(home(store)) == {}
    assert prune(home(store, audit_days=150)) == {"act": 1}
    with pytest.raises(ConfigError, match="audit_days"):
        home(store, audit_days=30)


def event(optician: Optician, kind: str, at: int) -> Event:
    return Event.create(shop=optician.shop, kind=kind, at=at, recorded_at=at)


def test_old_visits_go_and_everything_that_counts_for_good_stays(store: Store) -> None:
    optician = Optician(store)
    for kind in ("viewed", "added_to_cart", "searched", "reviewed", "earned_points", "event"):
        event(optician, kind, NOON - 401 * DAY)
        event(optician, kind, NOON - 399 * DAY)
    assert prune(home(store)) == {"event": 3}
    assert sorted(row.kind for row in Event.select().where(Event.at < NOON - 400 * DAY)) == [
        "earned_points", "event", "reviewed",
    ]  # fmt: skip
    assert prune(home(store)) == {}


def old_message(optician: Optician, name: str, state: str, at: int = OLD, left: bool = True) -> Message:
    [key] = optician.queue_for(name)
    Message.update(
        state=state, settled_at=at, sending_at=at if left else None, subject="Soczewki, Anno", reply="250 ok"
    ).where(Message.id == key).execute()
    return Message.get_by_id(key)


def test_an_old_mail_forgets_what_it_said_and_keeps_its_link_and_its_place(store: Store) -> None:
    optician = Optician(store)
    old, fresh = old_message(optician, "Anna", "sent"), old_message(optician, "Borys", "sent", NOON - DAY)
    settlement = Settlement.create(shop=optician.shop, rule="refill", customer=old.customer_id, anchor="a", outcome="send",
                                   at=OLD, message=old.id)  # fmt: skip
    assert prune(home(store)) == {"message": 1}
    found = Message.get_by_id(old.id)
    assert (found.subject, found.title, found.note, found.reply, found.anchors) == (
        None,
        None,
        None,
        None,
        [],
    )
    assert (found.token, found.counted_at, found.state) == (old.token, old.counted_at, "sent")
    assert Message.get_by_id(fresh.id).subject == "Soczewki, Anno"
    assert Settlement.get_by_id(settlement.id).message_id == old.id
    assert prune(home(store)) == {}


def test_an_old_mail_that_never_left_goes_and_one_that_began_to_stays(store: Store) -> None:
    optician = Optician(store)
    gone = [
        old_message(optician, f"Anna{n}", state, left=False).id
        for n, state in enumerate(retention.NEVER_LEFT)
    ]
    begun, unknown = old_message(optician, "Borys", "refused"), old_message(optician, "Celina", "unknown")
    kept = Decision.create(shop=optician.shop, customer=begun.customer_id, rule="r", anchor="a", anchor_at=1, due_at=1,
                           at=NOON, outcome="send", message=gone[0])  # fmt: skip
    prune(home(store))
    assert [row.id for row in Message.select().order_by(Message.id)] == [begun.id, unknown.id]
    assert Decision.get_by_id(kept.id).message_id is None


def test_null_keeps_for_ever_and_too_short_a_time_is_refused(store: Store) -> None:
    optician = Optician(store)
    event(optician, "viewed", OLD)
    old_message(optician, "Anna", "sent")
    assert prune(home(store, web_events_days=None, messages_days=None)) == {}
    with pytest.raises(ConfigError, match="web_events_days"):
        read_config({"shops": config().model_dump()["shops"], "retention": {"web_events_days": 20}})
    with pytest.raises(ConfigError, match="did you mean 'web_events_days'"):
        read_config({"shops": config().model_dump()["shops"], "retention": {"web_event_days": 200}})


def test_each_table_loses_what_is_over_and_nothing_younger(store: Store) -> None:
    optician = Optician(store)
    gone = Shop.create(
        key="closed", name="Closed", timezone="UTC", currency="PLN", country="PL", language="pl"
    )
    anna = optician.customer("Anna")
    for at in (OLD, NOON - DAY):
        Idempotency.create(shop=optician.shop, key=str(at), request="r", status=201, body="", created_at=at)
        Caught.create(to="x", subject="s", raw="", at=at)
        Change.create(shop=gone, customer=anna, at=at, recorded_at=at)
        RuleDay.create(shop=optician.shop, rule="r", day=719_163 + at // DAY, mails=1)
        Decision.create(
            shop=optician.shop,
            customer=anna,
            rule="r",
            anchor=str(at),
            anchor_at=1,
            due_at=1,
            at=at,
            outcome="hold",
        )
    Change.create(shop=optician.shop, customer=anna, at=OLD, recorded_at=OLD)  # a tick may yet come
    assert prune(home(store)) == {"idempotency": 1, "caught": 1, "change": 1, "rule_day": 1, "decision": 1}
    assert Change.select().where(Change.shop == optician.shop).count() == 1
    tallies.write(store, at_once=True)
    assert counted("pruned")['table="decision"'] >= 1


def test_intake_goes_on_between_the_pieces(store: Store) -> None:
    optician = Optician(store)
    for _ in range(60):
        event(optician, "viewed", OLD)
    written: list[int] = []

    def write() -> None:
        other = open_store(store.url)
        with other.use():
            while thread_may_go.wait(10) and not over.is_set():
                began = time.perf_counter()
                with other.transaction():
                    written.append(event(optician, "ordered", NOON).id)
                longest.append(time.perf_counter() - began)
        other.close()

    over, thread_may_go, longest = threading.Event(), threading.Event(), [0.0]
    thread = threading.Thread(target=write)
    thread.start()
    thread_may_go.set()
    assert prune(home(store), at_once=2) == {"event": 60}
    over.set()
    thread.join()
    assert len(written) > 2, "nobody else came to write while 30 pieces were thrown away"
    assert max(longest) < 5


def test_it_stops_when_it_is_asked_to_and_goes_on_the_next_time(store: Store) -> None:
    optician = Optician(store)
    for _ in range(5):
        event(optician, "viewed", OLD)
    stop = threading.Event()
    stop.set()
    assert prune(home(store), stop) == {}
    assert prune(home(store), at_once=2) == {"event": 5}


def test_what_is_old_is_found_by_an_index(store: Store) -> None:
    optician = Optician(store)
    for kept in KEPT.values():
        for piece in kept.old(home(store).config, NOON) if kept.old else ():
            query = piece.table.select(piece.table.id).where(piece.condition).limit(10)
            sql, values = query.sql()
            if (
                store.postgresql or piece.table is RuleDay
            ):  # PostgreSQL reads tables of five rows whole; a small table
                continue
            plan = " ".join(
                row[3] for row in store.database.execute_sql(f"explain query plan {sql}", values).fetchall()
            )
            assert "SCAN" not in plan, f"{piece.table.__name__}: {plan}"
    assert optician.shop
