"""The demo shop: the same every time, taken in without a word of complaint, and with something to look at."""

from __future__ import annotations

import argparse
import os
import stat
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from engine.calendar import local
from engine.cli.demo import read_env
from engine.cli.home import open_home
from engine.cli.main import main
from engine.clock import DAY, HOUR, Clock, instant, moment
from engine.config import Config, load_config
from engine.demo import catalogue
from engine.demo.fill import fill
from engine.demo.history import History, make_history
from engine.demo.names import CITIES, ascii_name
from engine.demo.trickle import GAPS, buyers, fresh_orders
from engine.intake import accept_customers, sync_shops
from engine.reports.ends import ends
from engine.reports.stretch import last_days
from engine.store import Store
from models import Change, ConsentChange, Customer, Event, Line, Order, Product, Refund, Shop
from models.migrations import migrate

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_772_366_400_000_000  # 2026-03-01 12:00 UTC


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(ROOT / "config.yaml")


@pytest.fixture(scope="module")
def history(config: Config) -> History:
    return make_history(config, config.shops[0], NOW)


def test_the_same_moment_gives_the_same_shop(config: Config, history: History) -> None:
    again = make_history(config, config.shops[0], NOW)
    assert again.orders == history.orders
    assert [one.shape for one in again.customers] == [one.shape for one in history.customers]


def test_two_thousand_people_of_several_tongues_bought_for_two_years(history: History) -> None:
    assert len(history.customers) == 2_000
    assert len(history.orders) > 4_000
    first, last = history.orders[0]["placed_at"], history.orders[-1]["placed_at"]
    assert first < moment(NOW - 700 * DAY).isoformat() < last < moment(NOW).isoformat()
    languages = Counter(one.shape["language"] for one in history.customers)
    assert set(languages) == {"pl", "uk", "ru", "en"}
    assert 0.65 < sum("consent" in one.shape for one in history.customers) / 2_000 < 0.75
    habits = Counter(one.habit for one in history.customers)
    assert min(habits.values()) > 100


def test_nobody_orders_at_four_in_the_morning(history: History) -> None:
    zones = {one.id: one.zone for one in history.customers}
    hours = {local(instant(datetime.fromisoformat(order["placed_at"])), zones[order["customer"]["id"]]).hour
             for order in history.orders}  # fmt: skip
    assert hours == set(range(7, 24))


def test_names_fit_their_bearers_and_addresses_are_plain_and_unlike(history: History) -> None:
    addresses = [one.shape["email"] for one in history.customers]
    assert len(set(addresses)) == len(addresses)
    assert all(address.isascii() and address.endswith(".example") for address in addresses)
    for one in history.customers:
        last, female = one.shape["last_name"], one.shape["gender"] == "female"
        assert not last.endswith("ska" if not female else "ski"), one.shape
    assert ascii_name("Świętosława") == "swietoslawa"
    assert ascii_name("Євген") == "yevhen"
    assert ascii_name("O'Brien") == "obrien"
    assert CITIES["PL"][-1] == "Nowy_Sącz"


def test_the_shelves_hold_some_eighty_products_each_with_a_page_of_its_own() -> None:
    items = catalogue.ITEMS
    assert 75 <= len(items) <= 90
    assert len({item.id for item in items}) == len({item.url for item in items}) == len(items)
    assert all(item.url.isascii() for item in items)


def test_intake_takes_all_of_it_as_history_on_either_database(store: Store, config: Config) -> None:
    seen: list[tuple[int, int]] = []
    taken = fill(store, config, NOW, lambda done, total: seen.append((done, total)))
    assert Order.select().count() == len(taken.orders)
    assert Customer.select().count() == 2_000
    assert Product.select().count() == len(catalogue.ITEMS)
    assert Refund.select().count() == len(taken.refunds) > 50
    assert ConsentChange.select().where(ConsentChange.granted == False).count() == len(taken.consents) > 20  # noqa: E712
    assert Change.select().count() == 0, "history wakes no rule"
    assert Line.select().where(Line.recorded_at > NOW).count() == 0
    assert seen[-1][0] == seen[-1][1]
    found = ends(Shop.get().id, last_days(NOW, 30, "Europe/Warsaw"), NOW)
    assert found.visits > 1_000
    assert 200 < found.known < 500
    assert {"/koszyk", "/soczewki"} <= {row.page for row in found.by_page}
    assert Event.select().where(Event.kind == "viewed", Event.recorded_at == Event.at).count() > 200


def test_the_first_fresh_orders_are_of_this_moment_and_in_three_languages(
    store: Store, config: Config
) -> None:
    fill(store, config, NOW)
    clock = Clock()
    people = buyers(Shop.get(), Random(1))
    orders = list(fresh_orders(people, Random(1), clock))
    assert len(orders) == len(GAPS)
    assert [order["customer"]["language"] for order in orders[:3]] == ["pl", "uk", "en"]
    placed = instant(datetime.fromisoformat(orders[0]["placed_at"]))
    assert abs(clock.now() - placed) < HOUR


def test_the_command_makes_a_home_once_that_only_its_owner_can_log_in_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.cli.demo.live_through", lambda *_, **__: 0)
    call = ["demo", "--home", str(tmp_path), "--only-make", "--port", "9123"]
    assert main(call) == 0
    env = read_env(tmp_path / "demo.env")
    assert set(env) == {"CONSOLE_USER", "CONSOLE_PASSWORD", "API_KEY"}
    assert stat.S_IMODE(os.stat(tmp_path / "demo.env").st_mode) == 0o600
    assert "public_url: http://127.0.0.1:9123" in (tmp_path / "demo-config.yaml").read_text("utf-8")
    assert main(call) == 0
    assert read_env(tmp_path / "demo.env") == env


def test_a_home_that_holds_a_real_shop_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = argparse.Namespace(config=str(ROOT / "config.yaml"), home=str(tmp_path), rules=str(ROOT / "rules"))
    home = open_home(args)
    with home.store.use():
        migrate(home.store.database)
        shop = sync_shops(home.store, home.config, NOW)["optyk"]
        accept_customers(home.store, home.config, shop, [{"email": "anna@example.com"}], NOW)
    home.store.close()
    assert main(["demo", "--home", str(tmp_path), "--only-make"]) == 2
    assert "holds a shop of its own" in capsys.readouterr().err
