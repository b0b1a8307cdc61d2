"""The watchdog: late work is logged once, told by mail without the outbox, and told again when it is over."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from engine.clock import DAY, HOUR, MINUTE
from engine.config import Config
from engine.outbox.acts import pause_purpose, pause_rule
from engine.outbox.away import note_away, note_back
from engine.outbox.pace import Bucket
from engine.store import Store
from engine.watchdog import findings, watch
from models import Caught, Cursor, Message, Overdue, Pace, RuleState, Setting
from tests.delivery.sink import Sink
from tests.delivery.test_sender import Standing
from tests.outbox.shop import NOON, Optician, config


@dataclass
class Home:
    """A home whose relay is a sink."""

    store: Store
    config: Config
    path: Path
    clock: Standing = field(default_factory=Standing)


@pytest.fixture
def optician(store: Store) -> Optician:
    """The optician's shop, whose clock ticks."""
    shop = Optician(store)
    Cursor.create(shop=shop.shop, ticked_at=NOON + 9 * DAY)
    return shop


def _home(optician: Optician, tmp_path: Path, port: int, **settings: Any) -> Home:
    watchdog = {"to": "ops@firma.example"} | settings.pop("watchdog", {})
    relay = {"host": "127.0.0.1", "port": port}
    return Home(optician.store, config(relay=relay, watchdog=watchdog, **settings), tmp_path)


def _look(home: Home, span: int = 0) -> list[dict[str, Any]]:
    home.clock.at += span
    with structlog.testing.capture_logs() as lines:
        watch(home)
    return [dict(line) for line in lines]


def _texts(sink: Sink) -> list[str]:
    mails = [email.message_from_bytes(raw, policy=email.policy.default) for raw in sink.accepted]
    return [str(mail["Subject"]) + "\n" + mail.get_body(("plain",)).get_content() for mail in mails]  # type: ignore[union-attr]


def _kinds(home: Home, now: int) -> list[str]:
    return sorted(name.partition(":")[0] for name in findings(home.config, now))


def test_what_is_well_is_not_told(optician: Optician, tmp_path: Path) -> None:
    optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink:
        home = _home(optician, tmp_path, sink.port)
        assert _look(home, 15 * MINUTE) == []
        assert (sink.accepted, Overdue.select().count()) == ([], 0)


def test_an_order_mail_that_waits_is_logged_once_and_mailed_once_without_the_outbox(
    optician: Optician, tmp_path: Path
) -> None:
    optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink:
        home = _home(optician, tmp_path, sink.port)
        lines = _look(home, 16 * MINUTE)
        assert [line["event"] for line in lines] == ["overdue", "watchdog_mailed"]
        assert lines[0]["what"] == "orders:optyk:"
        assert _look(home, MINUTE) == []
        (text,) = _texts(sink)
    assert text.startswith("Regulars on ")
    assert "mails about orders wait: 1, the oldest since 2026-03-01 11:00 UTC (shop optyk)" in text
    assert "What to do: " in text
    assert b"To: ops@firma.example\r\n" in sink.accepted[0]
    assert b"Auto-Submitted: auto-generated" in sink.accepted[0]
    assert Message.select().count() == 1  # Anna's own


def test_when_it_is_over_that_is_logged_and_mailed_too(optician: Optician, tmp_path: Path) -> None:
    (key,) = optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink:
        home = _home(optician, tmp_path, sink.port)
        _look(home, 16 * MINUTE)
        Message.update(state="sent").where(Message.id == key).execute()
        assert [line["event"] for line in _look(home, MINUTE)] == ["overdue_no_more"]
        assert [line["event"] for line in _look(home, HOUR)] == ["watchdog_mailed"]
        subject, _, text = _texts(sink)[1].partition("\n")
    assert subject.endswith("all is well again")
    assert "From 2026-03-01 11:16 UTC to 2026-03-01 11:17 UTC." in text
    assert Overdue.select().count() == 0


def test_one_mail_an_hour_at_most_and_what_lasts_once_a_day(optician: Optician, tmp_path: Path) -> None:
    optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink:
        home = _home(optician, tmp_path, sink.port)
        _look(home, 16 * MINUTE)
        Cursor.update(ticked_at=NOON).execute()
        _look(home, 59 * MINUTE)
        assert len(sink.accepted) == 1
        _look(home, MINUTE)
        assert len(sink.accepted) == 2
        assert "no tick since 2026-03-01 11:00 UTC" in _texts(sink)[1]
        for _ in range(23):
            _look(home, HOUR)
        assert len(sink.accepted) == 2
        _look(home, HOUR)
        assert len(sink.accepted) == 3


def test_a_relay_that_fails_is_told_of_when_it_is_back_and_tried_each_minute(
    optician: Optician, tmp_path: Path
) -> None:
    with Sink() as gone:
        port = gone.port
    note_away(optician.store, "here", "ConnectionRefusedError: user shop@optyk.example", NOON)
    note_away(optician.store, "here", "ConnectionRefusedError: user shop@optyk.example", NOON + 5 * MINUTE)
    home = _home(optician, tmp_path, port)
    for _ in range(2):
        lines = _look(home, 5 * MINUTE)
        assert lines[-1]["event"] == "watchdog_mail_failed"
        home.clock.at -= 4 * MINUTE
    note_back(optician.store, "here")
    with Sink() as sink:
        home.config = _home(optician, tmp_path, sink.port).config
        _look(home, MINUTE)
        assert sink.accepted == []  # it was never told, and is over
        note_away(optician.store, "here", "again", home.clock.at - 6 * MINUTE)
        note_away(optician.store, "here", "again", home.clock.at)
        _look(home, MINUTE)
        assert "the relay takes no mail since" in _texts(sink)[0]


def test_a_mail_that_no_relay_takes_is_tried_again_until_one_does(optician: Optician, tmp_path: Path) -> None:
    optician.queue_for("Anna", purpose="transactional")
    with Sink(rcpt="450 later") as sink:
        home = _home(optician, tmp_path, sink.port)
        assert _look(home, 16 * MINUTE)[-1]["event"] == "watchdog_mail_failed"
        del sink.script["rcpt"]
        assert _look(home, MINUTE)[-1]["event"] == "watchdog_mailed"
        assert len(sink.accepted) == 1


def test_another_way_that_config_names_is_tried_first(optician: Optician, tmp_path: Path) -> None:
    optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink, Sink() as second:
        way = {"relay": {"host": "127.0.0.1", "port": second.port}}
        _look(_home(optician, tmp_path, sink.port, watchdog=way), 16 * MINUTE)
        assert (len(sink.accepted), len(second.accepted)) == (0, 1)
    with Sink() as sink:  # and where that is gone, the shop's own
        Setting.delete().execute()
        Overdue.delete().execute()
        _look(_home(optician, tmp_path, sink.port, watchdog=way), 16 * MINUTE)
        assert len(sink.accepted) == 1


def test_two_processes_mail_once(optician: Optician, tmp_path: Path) -> None:
    optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink:
        home = _home(optician, tmp_path, sink.port)
        sink.on_end = lambda: None
        looked: list[list[str]] = []

        def another() -> None:
            with optician.store.use():
                looked.append([line["event"] for line in _look(home)])

        sink.on_end = another
        _look(home, 16 * MINUTE)
        assert (looked, len(sink.accepted)) == ([[]], 1)


def test_without_an_address_it_only_logs(optician: Optician, tmp_path: Path) -> None:
    (key,) = optician.queue_for("Anna", purpose="transactional")
    with Sink() as sink:
        home = _home(optician, tmp_path, sink.port, watchdog={"to": None})
        assert [line["event"] for line in _look(home, 16 * MINUTE)] == ["overdue"]
        Message.update(state="sent").where(Message.id == key).execute()
        assert [line["event"] for line in _look(home, MINUTE)] == ["overdue_no_more"]
        assert (sink.accepted, Overdue.select().count()) == ([], 0)


def test_each_kind_of_late_work_is_found_after_its_time_and_not_before(
    optician: Optician, tmp_path: Path
) -> None:
    home = _home(optician, tmp_path, 1)
    optician.queue_for("Anna")
    assert _kinds(home, NOON + 60 * MINUTE) == []
    assert _kinds(home, NOON + 61 * MINUTE) == ["overdue"]
    Message.update(state="claimed", claimed_by="gone:1", lease_until_at=NOON).execute()
    assert _kinds(home, NOON + 2 * MINUTE) == []
    assert _kinds(home, NOON + 3 * MINUTE) == ["leases"]
    Message.update(state="unknown").execute()
    assert _kinds(home, NOON + DAY - 1) == ["unknown"]
    assert _kinds(home, NOON + DAY) == []
    Cursor.update(ticked_at=NOON).execute()
    assert _kinds(home, NOON + 5 * MINUTE) == ["unknown"]
    assert _kinds(home, NOON + 6 * MINUTE) == ["clock", "unknown"]


def test_a_relay_that_puts_everything_off_is_found_and_one_full_mailbox_is_not(
    optician: Optician, tmp_path: Path
) -> None:
    home = _home(optician, tmp_path, 1)
    keys = optician.queue_for(*(f"Anna{n}" for n in range(20)))
    Message.update(
        state="deferred", reply="450 a1@example.com try later", not_before_at=NOON + HOUR
    ).execute()
    assert _kinds(home, NOON) == ["relay"]
    (finding,) = findings(home.config, NOON).values()
    assert finding.said == "the relay takes no mail: 450 …@… try later"
    Message.update(state="sent", settled_at=NOON).where(Message.id == keys[0]).execute()
    assert _kinds(home, NOON) == []


def test_what_a_pause_or_its_providers_pace_holds_back_is_not_late(
    optician: Optician, tmp_path: Path
) -> None:
    home = _home(optician, tmp_path, 1)
    RuleState.create(shop=optician.shop, rule="refill", digest="", since_at=0)
    optician.queue_for("Anna")
    now = NOON + 2 * HOUR
    Pace.create(domain_group="others", full_at=now + MINUTE, share=500, slowed_at=now)
    assert Bucket(None, now, now + MINUTE, 500, now).moving
    assert _kinds(home, now) == []
    Pace.delete().execute()
    assert _kinds(home, now) == ["overdue"]
    pause_rule(optician.store, "refill", "anna", now)
    assert _kinds(home, now) == []
    optician.queue_for("Borys", purpose="transactional", rule="thanks")
    assert _kinds(home, now) == ["orders"]
    pause_purpose(optician.store, "all", True, "anna", now)
    assert _kinds(home, now) == []


def test_a_rule_about_orders_that_is_refused_is_told_of_though_it_goes_on(
    optician: Optician, tmp_path: Path
) -> None:
    home = _home(optician, tmp_path, 1)
    RuleState.create(shop=optician.shop, rule="thanks", digest="", since_at=0)
    optician.queue_for(*(f"Anna{n}" for n in range(10)), purpose="transactional", rule="thanks")
    Message.update(
        state="refused", reason="refused_by_policy", reply="550 5.7.1 no", settled_at=NOON
    ).execute()
    assert [finding.said for finding in findings(home.config, NOON).values()] == [
        "thanks is refused by receivers, 10 of its latest mails by policy: 550 5.7.1 no"
    ]


def test_with_the_catcher_the_mail_lands_in_the_mailbox_page(optician: Optician, tmp_path: Path) -> None:
    from engine.delivery.catcher import Catcher

    optician.queue_for("Anna", purpose="transactional")
    home = Home(optician.store, config(watchdog={"to": "ops@firma.example"}), tmp_path)
    with Catcher(optician.store, home.clock) as catcher:
        (tmp_path / "catcher.port").write_text(str(catcher.port), "ascii")
        _look(home, 16 * MINUTE)
    assert [row.to for row in Caught.select()] == ["ops@firma.example"]
