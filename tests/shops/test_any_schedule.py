"""Whatever a shop system loses, repeats or tells late: in the end the facts are those of one that told each thing once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.store import open_store
from models import Event
from tests.intake.optica import NOW, at, the_order
from tests.shops.desk import Asker, baselinker_at, facts
from tests.shops.fake_baselinker import GOT, PACKED, SENT, VOID, FakeBaseLinker
from tests.shops.fake_shopify import FakeShopify
from tests.shops.listening import listening
from tests.web.webhooks.shops import HOOKED, Systems, woo_order

HOURS_AGO = NOW // 1_000_000 - 6 * 3600


@contextmanager
def two_shops(template: Path, folder: Path) -> Iterator[list[Any]]:
    """Two fresh stores, one for each way of hearing."""
    stores = []
    for name in ("one", "other"):
        (folder / f"{name}.db").write_bytes(template.read_bytes())
        stores.append(open_store(f"sqlite:///{folder / name}.db"))
    yield stores
    for store in stores:
        store.close()


@pytest.mark.parametrize("seed", range(6))
def test_shopify_in_any_order_and_twice_is_as_shopify_once(
    sqlite_template: Path, tmp_path: Path, seed: int
) -> None:
    rolls = random.Random(seed)
    shop = FakeShopify(HOURS_AGO, rolls)
    with two_shops(sqlite_template, tmp_path) as (one, other):
        with one.use():
            here = Systems(one)
            live(shop, rolls, lambda headers, body: hear(here, headers, body, rolls))
            for _ in range(9):
                shop.deliver(lambda headers, body: hear(here, headers, body, rolls))
            found, carts = facts(), Event.select().count()
        assert (shop.outgoing, shop.lost, carts) == ([], [], len(shop.orders))
        with other.use():
            there = Systems(other)
            for order in shop.orders.values():
                there.shopify("orders/updated", order)
            assert facts() == found


def live(shop: FakeShopify, rolls: random.Random, send: Any) -> None:
    """Some hours of a shop."""
    for number in range(1, 21):
        shop.at += rolls.randrange(0, 300)
        known = list(shop.orders)
        kind = rolls.choice(("place", "pay", "refund", "cancel", "ship"))
        if kind == "place" or not known:
            shop.place(number)
        elif kind == "refund":
            shop.refund(rolls.choice(known), 500 + number)
        elif kind == "cancel":
            shop.change(known[0], cancelled_at=shop.orders[known[0]]["updated_at"])
        else:
            said = {"financial_status": "paid"} if kind == "pay" else {"fulfillment_status": "fulfilled"}
            shop.change(rolls.choice(known), **said)
        shop.deliver(send, rolls.randrange(0, 6))


def hear(here: Systems, headers: dict[str, str], body: bytes, rolls: random.Random) -> int:
    """Takes a webhook, or times out."""
    if rolls.random() < 0.2:
        return 0
    answer = here.client.post(
        "/webhooks/optica/shopify", data=body, content_type="application/json", headers=headers
    )
    return answer.status_code


@pytest.mark.parametrize("seed", range(6))
def test_baselinker_asked_now_and_then_is_as_baselinker_asked_once(
    sqlite_template: Path, tmp_path: Path, seed: int
) -> None:
    rolls = random.Random(seed)
    base = FakeBaseLinker(HOURS_AGO)
    with two_shops(sqlite_template, tmp_path) as (one, other), listening(base.answer) as url:
        with one.use():
            often = Asker(one, baselinker_at(url))
            for number in range(1, 41):
                pause = rolls.randrange(1, 400)
                base.at += pause
                often.pass_seconds(pause)
                act(base, rolls, number)
                if rolls.random() < 0.3:
                    often.ask("baselinker", most=rolls.choice((3, 10**9)))
            while not often.ask("baselinker").done:
                pass
            found = {number: known for number, known in lasting().items() if int(number) in base.orders}
            gone = {known["status"] for number, known in facts().items() if int(number) not in base.orders}
        with other.use():
            once = Asker(other, baselinker_at(url))
            once.clock.at = often.clock.at
            once.ask("baselinker")
            assert lasting() == found
        assert gone <= {"cancelled"}  # removed, or part of another


def lasting() -> dict[str, Any]:
    """What is known, without when an order was delivered: BaseLinker forgets that with the next status."""
    return {number: known | {"delivered_at": None} for number, known in facts().items()}


def act(base: FakeBaseLinker, rolls: random.Random, number: int) -> None:
    """Something happens to the shop's orders."""
    known = list(base.orders)
    kind = rolls.choice(("place", "place", "status", "pay", "remove", "merge", "split"))
    if kind == "place" or len(known) < 2:
        base.place(number)
    elif kind == "status":
        base.change(rolls.choice(known), order_status_id=rolls.choice((PACKED, SENT, GOT, VOID)))
    elif kind == "pay":
        base.change(rolls.choice(known), log=3, payment_done="162.88")
    elif kind == "remove":
        base.remove(rolls.choice(known))
    elif kind == "merge":
        base.merge(*rolls.sample(known, 2))
    else:
        large = [order for order in known if len(base.orders[order]["products"]) > 1]
        base.split(large[0], 1000 + number) if large else base.place(number)


@pytest.mark.parametrize(
    "said",
    ["2026-05-20T10:00:00", "2026-05-20T10:00:00Z", "2026-05-20T10:00:00+00:00", "2026-05-20T10:00:00.000Z"],
)
def test_woocommerces_moments_are_utc_with_a_zone_and_without(
    sqlite_template: Path, tmp_path: Path, said: str
) -> None:
    with two_shops(sqlite_template, tmp_path) as (one, _), one.use():
        assert HOOKED.shops[0].timezone == "Europe/Warsaw"
        assert Systems(one).woo("order.created", woo_order(date_created_gmt=said)).status_code == 200
        assert the_order("727").at == at("2026-05-20T10:00:00")
