"""Shops as config.yaml names them, and their customers' zones where config has changed its mind."""

from __future__ import annotations

from typing import Any

from peewee import Value

from engine import bulk
from engine.config import Config, ShopConfig
from engine.config_testing import is_test, key_of_test, shop_of
from engine.errors import ConfigError
from engine.intake.accepting import REDATES
from engine.intake.person import ASKABLE
from engine.intake.supplies import announce_moved, date_after_upgrade
from engine.store import Store
from models import Change, Cursor, Customer, CustomerVersion, RuleState, Shop, ZoneInUse

LONGEST_KEY = 64  # of a shop's row
COPIED = ("name", "timezone", "currency", "country", "language")


def sync_shops(store: Store, config: Config, now: int) -> dict[str, Shop]:
    """Makes the shops' rows say what config says, moves customers to the zones it names now; returns shops by key."""
    return bulk.in_transaction(store, lambda: _sync_all(store, config, now))


def _sync_all(store: Store, config: Config, now: int) -> dict[str, Shop]:
    known = [config.shop(key) for key in config.shop_keys() if not is_test(key) or _is_there(key)]
    shops = {shop.shop: _sync(store, config, shop, now) for shop in known}
    date_after_upgrade(store, now)
    return shops


def make_test_shop(store: Store, config: Config, shop: str, now: int) -> Shop:
    """Returns the test shop beside a shop, made where it is not there yet; raises ConfigError where there is no such shop.

    Rules act in it since when they act in the shop, so that the first test order is decided like any other.
    """
    twin = config.shop(key_of_test(shop))
    if len(twin.shop) > LONGEST_KEY:
        raise ConfigError(
            f"the key {shop!r} is too long for a test shop beside it", remedy="59 characters at most"
        )

    def work() -> Shop:
        row = _sync(store, config, twin, now)
        first = Shop.get_or_none(Shop.key == shop_of(shop))
        if first is not None and not Cursor.select().where(Cursor.shop == row.id).exists():
            _act_as_in(first, row)
        return row

    return bulk.in_transaction(store, work)


def _act_as_in(shop: Shop, twin: Shop) -> None:
    r = RuleState
    alike = r.select(r.rule, r.digest, r.since_at, r.active, r.health, r.error, r.version).where(
        r.shop == shop.id
    )
    for state in alike.dicts():
        RuleState.create(shop=twin.id, **state)
    for (ticked_at,) in Cursor.select(Cursor.ticked_at).where(Cursor.shop == shop.id).tuples():
        Cursor.create(shop=twin.id, ticked_at=ticked_at)


def made_test_shops(config: Config) -> list[ShopConfig]:
    """Lists the test shops that somebody has made."""
    twins = [key for key in config.shop_keys() if is_test(key)]
    there = {key for (key,) in Shop.select(Shop.key).where(Shop.key << twins).tuples()}
    return [config.shop(key) for key in twins if key in there]


def _is_there(key: str) -> bool:
    return bool(Shop.select(Shop.id).where(Shop.key == key).exists())


def _sync(store: Store, config: Config, shop: ShopConfig, now: int) -> Shop:
    said = {name: getattr(shop, name) for name in COPIED}
    row: Shop | None = Shop.get_or_none(Shop.key == shop.shop)
    if row is None:
        row = Shop.create(key=shop.shop, **said)
    elif any(getattr(row, name) != value for name, value in said.items()):
        Shop.update(**said).where(Shop.id == row.id).execute()
        row = Shop.get_by_id(row.id)
    ZoneInUse.insert(shop=row.id, zone=shop.timezone).on_conflict_ignore().execute()
    for zone in _move_zones(config, shop, row.id, now):
        announce_moved(store, row.id, zone, now)
    return row


def _move_zones(config: Config, shop: ShopConfig, shop_id: int, now: int) -> set[str]:
    """Asks each place where customers live for its zone, and rewrites only customers whose zone is another now; says to which."""
    moved_to = set()
    places = (
        Customer.select(Customer.country, Customer.timezone, Customer.zone)
        .where(Customer.shop == shop_id).distinct().tuples()
    )  # fmt: skip
    for country, said, zone in list(places):
        wanted = config.zone_for(shop, country, said)
        if wanted != zone:
            here = (
                (Customer.shop == shop_id)
                & (Customer.zone == zone)
                & _is(Customer.country, country)
                & _is(Customer.timezone, said)
            )
            _move(shop_id, here, wanted, now)
            moved_to.add(wanted)
    return moved_to


def _is(column: Any, value: str | None) -> Any:
    return column.is_null() if value is None else column == value


def _instant(at: int) -> Any:
    return Value(at).cast("bigint")


def _move(shop_id: int, here: Any, zone: str, now: int) -> None:
    fields = [getattr(Customer, name) for name in ASKABLE]
    was = Customer.select(Customer.id, Customer.recorded_at, _instant(now), *fields).where(here)
    columns = [getattr(CustomerVersion, name) for name in ("customer", "recorded_at", "until_at", *ASKABLE)]
    CustomerVersion.insert_from(was, columns).execute()
    moved = Customer.select(Customer.shop, Customer.id, _instant(REDATES), _instant(now)).where(here)
    Change.insert_from(moved, [Change.shop, Change.customer, Change.at, Change.recorded_at]).execute()
    ZoneInUse.insert(shop=shop_id, zone=zone).on_conflict_ignore().execute()
    Customer.update(zone=zone).where(here).execute()
