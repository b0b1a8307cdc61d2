"""Numbers count anchors once, in the days of the shop's own zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.clock import DAY, HOUR, MINUTE, instant
from engine.doctor.told import told
from engine.reports.numbers import Numbers, ReasonCount, numbers, reasons, sent_by_day
from engine.reports.stretch import last_days
from engine.reports.troubles import troubles
from engine.store import Store
from models import Cursor, Setting
from tests.web.shopful import NOW, Shopful, config

WARSAW = "Europe/Warsaw"


@pytest.fixture
def shop(store: Store) -> Shopful:
    """A shop without customers."""
    return Shopful()


@pytest.fixture
def anna(shop: Shopful) -> Any:
    """Anna."""
    return shop.customer("Anna", "anna")


def test_an_anchor_that_was_held_twice_and_then_refused_fell_due_once(shop: Shopful, anna: Any) -> None:
    for outcome, reason in (
        ("hold", "capped"),
        ("hold", "capped"),
        ("hold", "quiet_hours"),
        ("refuse", "no_consent"),
    ):
        shop.decision(anna, "win-back", outcome, reason, anchor="ordered:1")
    shop.decision(anna, "win-back", "expire", "expired", anchor="ordered:2")
    today = last_days(NOW, 1, WARSAW)
    assert numbers(shop.shop.id, today) == Numbers(due=2, sent=0, held=1, refused=1, expired=1)
    assert reasons(shop.shop.id, today) == [
        ReasonCount("expire", "expired", 1),
        ReasonCount("hold", "capped", 1),
        ReasonCount("hold", "quiet_hours", 1),
        ReasonCount("refuse", "no_consent", 1),
    ]


def test_a_mail_counts_on_the_day_it_left_as_the_shop_counts_days(shop: Shopful, anna: Any) -> None:
    midnight = instant(datetime(2026, 3, 12, tzinfo=ZoneInfo(WARSAW)))
    for at in (midnight - MINUTE, midnight, midnight + HOUR):
        shop.message(anna, "thank-you", at=at)
    shop.message(anna, "thank-you", "queued", at=midnight)
    assert sent_by_day(shop.shop.id, last_days(NOW, 3, WARSAW)) == {"thank-you": [0, 1, 2]}


def test_days_of_a_clock_change_are_shorter_and_longer() -> None:
    for day, hours in ((datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25)):
        noon = instant(day.replace(hour=12, tzinfo=ZoneInfo(WARSAW)))
        stretch = last_days(noon, 1, WARSAW)
        assert stretch.end_at - stretch.start_at == hours * HOUR


def test_what_needs_attention_is_named_and_what_is_well_is_not(shop: Shopful, anna: Any) -> None:
    assert troubles(shop.shop.id, NOW) == []
    shop.rules()
    shop.message(anna, "thank-you", "queued", at=NOW - 2 * HOUR)
    shop.message(anna, "thank-you", "unknown", at=NOW - DAY)
    Setting.create(name="paused:newsletter", value=True)
    Cursor.update(ticked_at=NOW - HOUR).execute()
    found = [(trouble.kind, trouble.count, trouble.what) for trouble in troubles(shop.shop.id, NOW)]
    assert found == [
        ("broken", 1, "win-back"),
        ("clock", 1, ""),
        ("overdue", 1, ""),
        ("paused", 1, "newsletter"),
        ("unknown", 1, ""),
    ]


def test_a_staging_server_says_so_because_it_looks_like_one_where_nothing_works(shop: Shopful) -> None:
    staging = config().model_copy(update={"only_to": ("ola@example.com", "shop.example")})
    (trouble,) = troubles(shop.shop.id, NOW, staging)
    assert (trouble.kind, trouble.count) == ("only_to", 2)
    assert (
        told(trouble).said == "only_to lets mail go to 2 addresses and domains; all other mail is cancelled"
    )
