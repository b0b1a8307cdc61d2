"""The clock's turn: every shop whose lease it holds, and no other; one shop's fault stops no other shop."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.home import Home
from engine.clock import DAY, MINUTE, Clock
from engine.config import read_config
from engine.intake import accept_orders
from engine.lease import acquire
from engine.live import Live
from engine.roles.retention import prune
from engine.roles.ticking import Ticking
from engine.store import Store
from engine.wake import SENDER, Ear
from models import Change, Cursor, Decision, Idempotency, Message, Settlement, Shop

ROOT = Path(__file__).resolve().parents[2]
NOON = 1_772_366_400_000_000  # 2026-03-01 12:00 UTC
SENDER_OF_MAIL = {"name": "Optyk", "address": "shop@example.com"}
SHOP = {"sender": SENDER_OF_MAIL, "postal": "Optyk, Szeroka 14, Kraków"}
RULE = "- rule: thank-you\n  purpose: transactional\n  when: {ordered: any}\n  send: plain\n"


class HandClock(Clock):
    """A clock that the test moves."""

    at = NOON

    def now(self) -> int:
        return self.at


@pytest.fixture
def home(store: Store, tmp_path: Path) -> Home:
    """A home of two shops with one rule."""
    shops = [{"shop": "optyk", "name": "Optyk", **SHOP}, {"shop": "druk", "name": "Druk", **SHOP}]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "orders.yaml").write_text(RULE, "utf-8")
    return Home(
        read_config({"shops": shops}), store, HandClock(), tmp_path, tmp_path / "rules", ROOT / "templates"
    )


def order(home: Home, shop: str, number: str, at: str = "2026-03-01T13:00:30+01:00") -> None:
    row = Shop.get(Shop.key == shop)
    placed = {"id": number, "placed_at": at, "total": "10.00"}
    customer = {"email": "anna@example.com", "first_name": "Anna"}
    accept_orders(home.store, home.config, row, [{**placed, "customer": customer}], home.clock.now())


@pytest.fixture
def ticking(home: Home) -> Ticking:
    """A clock that has written down the rules; half a minute later Anna orders in both shops."""
    clock = Ticking(home)
    clock.prepare()
    home.clock.at += MINUTE  # type: ignore[attr-defined]
    for shop in ("optyk", "druk"):
        order(home, shop, "1001")
    return clock


def test_an_order_is_work_that_waits_until_a_tick_has_looked_at_it(home: Home, ticking: Ticking) -> None:
    assert ticking.is_work_waiting()
    with Ear(home.path, SENDER) as ear:
        ticking.tick()
        assert ear.wait(0), "the sender is woken, for there is mail"
        assert not ticking.is_work_waiting()
        assert Message.select().count() == 2
        ticking.tick()
        assert not ear.wait(0), "nothing new, nobody is woken"


def test_a_shop_that_another_clock_ticks_is_left_to_it(home: Home, ticking: Ticking) -> None:
    optyk = Shop.get(Shop.key == "optyk")
    assert acquire(home.store, optyk.id, "another machine", home.clock)
    ticking.tick()
    assert [message.shop.key for message in Message.select()] == ["druk"]
    assert Change.select().count() > 0


def test_one_shops_fault_stops_no_other_shop_and_is_not_tried_again_every_second(
    home: Home, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Live.tick_shop

    def failing(self: Live, shop: Shop, *rest: object) -> object:
        if shop.key == "optyk":
            raise ZeroDivisionError
        return really(self, shop, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Live, "tick_shop", failing)
    ticking.tick()
    assert [message.shop.key for message in Message.select()] == ["druk"]
    assert not ticking.is_work_waiting()
    monkeypatch.undo()
    ticking.tick()
    assert Message.select().count() == 2


def test_a_clock_that_stops_lets_the_next_begin_at_once(home: Home, ticking: Ticking) -> None:
    ticking.tick()
    ticking.release()
    assert Cursor.select().where(Cursor.owner.is_null()).count() == 2


def test_what_is_old_goes_and_the_keys_that_forbid_a_second_decision_stay(
    home: Home, ticking: Ticking
) -> None:
    ticking.tick()
    shop = Shop.get(Shop.key == "optyk")
    Idempotency.create(shop=shop, key="k", request="r", status=201, body="", created_at=home.clock.now())
    assert prune(home) == {}
    home.clock.at += 401 * DAY  # type: ignore[attr-defined]
    assert prune(home) == {"idempotency": 1, "decision": 2}
    assert Decision.select().count() == 0
    assert Settlement.select().count() == 2


def test_a_paused_rule_loses_what_falls_due_and_acts_again_from_the_moment_it_is_resumed(
    home: Home, ticking: Ticking
) -> None:
    from engine.cli.pause import set_pause

    assert set_pause(home, "thank-you", True, "Jolanta")[0] == "rule"
    ticking.tick()
    assert Message.select().count() == 0
    home.clock.at += MINUTE  # type: ignore[attr-defined]
    assert set_pause(home, "thank-you", False, "Jolanta")[0] == "rule"
    order(
        home, "optyk", "1000", "2026-03-01T13:00:10+01:00"
    )  # the shop is late with it: it looks back that far
    ticking.tick()
    assert Message.select().count() == 0, "what fell due meanwhile is lost"
    home.clock.at += MINUTE  # type: ignore[attr-defined]
    row = Shop.get(Shop.key == "druk")
    late = {
        "id": "1002",
        "placed_at": "2026-03-01T13:02:30+01:00",
        "total": "10.00",
        "customer": {"email": "b@b.example"},
    }
    accept_orders(home.store, home.config, row, [late], home.clock.now())
    ticking.tick()
    assert Message.select().count() == 1
