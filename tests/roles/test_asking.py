"""What the clock does about shop systems: it asks those that config.yaml names, in their time, and forgets who has left."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from engine.config import Config
from engine.consent.erasures import NAME
from engine.intake.forgetting import GRACE
from engine.roles.asking import ask_shop, forget_shops, shop_systems
from engine.roles.housekeeping import Beside
from engine.store import Store
from models import Act, Customer, Order, Pull
from tests.intake.optica import NOW
from tests.shops.desk import Asker, facts, woo_at
from tests.shops.fake_woo import FakeWoo
from tests.shops.listening import listening
from tests.web.webhooks.shops import HOOKED, Systems, shopify_order


def home_of(systems: Systems, config: Config, path: Path = Path()) -> Any:
    return SimpleNamespace(store=systems.store, config=config, clock=systems.clock, path=path)


def test_the_clock_asks_in_its_time_and_lives_on_where_nobody_answers(store: Store) -> None:
    woo = FakeWoo(NOW // 1_000_000 - 3600)
    woo.place(1)
    with listening(woo.answer) as url:
        asker = Asker(store, woo_at(url))
        home = home_of(asker, asker.config)
        ask_shop(home, "optica", "woocommerce")
        woo.place(2)
        ask_shop(home, "optica", "woocommerce")  # not yet: a quarter of an hour is between
        assert sorted(facts()) == ["1"]
        asker.pass_seconds(900)
        ask_shop(home, "optica", "woocommerce")
        assert sorted(facts()) == ["1", "2"]
    asker.pass_seconds(900)
    with capture_logs() as told:
        ask_shop(home, "optica", "woocommerce")
    assert [line["event"] for line in told] == ["not_answered"]
    assert (Pull.get().failures, Pull.get().next_at > asker.clock.at) == (1, True)


def test_a_home_that_asks_nobody_only_looks_for_shops_that_have_left(store: Store) -> None:
    systems = Systems(store)
    names = [act.__name__ for act in shop_systems(home_of(systems, HOOKED), Beside)]
    assert names == ["leaving"]
    asked = [act.__name__ for act in shop_systems(home_of(systems, woo_at("https://optica.example")), Beside)]
    assert asked == ["leaving", "ask woocommerce of optica"]


def test_a_shop_that_has_left_is_forgotten_with_a_note_for_old_backups(store: Store, tmp_path: Path) -> None:
    systems = Systems(store)
    systems.shopify("orders/create", shopify_order())
    systems.shopify("shop/redact", {"shop_id": 1})
    systems.clock.at += GRACE
    home = home_of(systems, HOOKED, tmp_path)
    assert (forget_shops(home), forget_shops(home)) == (1, 0)
    assert (Order.select().count(), Customer.get().first_name) == (0, None)
    assert len((tmp_path / NAME).read_text().splitlines()) == 3  # by id, by address, and the mailbox
    assert [(act.act, act.channel) for act in Act.select()] == [("erase", "server")]
