"""A really served Regulars, and shops that tell it as badly as real ones do: in the end it knows what they hold."""

from __future__ import annotations

import json
import random
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.clock import Clock
from engine.store import Store, open_store
from models import Event, Pull
from tests.intake.optica import Optica
from tests.shops.desk import facts
from tests.shops.fake_baselinker import GOT, SENT, TOKEN, FakeBaseLinker
from tests.shops.fake_shopify import FakeShopify
from tests.shops.fake_woo import KEY, SECRET, FakeWoo
from tests.shops.listening import listening
from tests.story.served import Served
from tests.web.webhooks.shops import SHOPIFY, WOO, Systems

NEXT_WOO, NEXT_SHOPIFY = "woo-secret-2", "shopify-secret-2"
SETTINGS = """    website: https://optyk-zielinska.example
    webhooks:
      woocommerce: {secrets: [%s, %s]}
      shopify: {secrets: [%s, %s], domain: optyk.myshopify.com}
    pull: %s
"""


class ServedShop(Served):
    """A server of one shop, which is told and which asks."""

    pull: str = "{}"

    def _config(self, database: str | None) -> str:
        said = SETTINGS % (WOO, NEXT_WOO, SHOPIFY, NEXT_SHOPIFY, self.pull)
        return super()._config(database).replace("    website: https://optyk-zielinska.example\n", said)

    def take(self, name: str, headers: dict[str, str], body: bytes) -> int:
        """Takes a webhook as from outside; 0 where nobody answers."""
        try:
            return self.post(
                f"/webhooks/optyk/{name}", body, **headers, **{"Content-Type": "application/json"}
            )[0]
        except (urllib.error.URLError, OSError):
            return 0


@pytest.fixture
def served(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Makes a server that asks as `pull` says, over a fresh database of each kind."""
    made: list[ServedShop] = []

    def make(pull: str) -> ServedShop:
        kind = type("Asking", (ServedShop,), {"pull": pull})
        made.append(kind(tmp_path, database_url))
        made[0].start("--workers", "1")
        return made[0]

    yield make
    for each in made:
        if each.process and each.process.poll() is None:
            each.stop()


def known(database_url: str) -> dict[str, Any]:
    """What the server's own database says of all orders."""
    store = open_store(database_url)
    with store.use():
        found = facts()
    store.close()
    return found


def now() -> int:
    return Clock().now() // 1_000_000


def test_a_woocommerce_that_loses_half_of_it_is_known_whole_after_it_was_asked(
    served: Any, database_url: str
) -> None:
    rolls, woo = random.Random(7), FakeWoo(now() - 7200)
    with listening(woo.answer) as url:
        server = served(f"{{woocommerce: {{url: '{url}', key: {KEY}, secret: {SECRET}}}}}")

        def send(headers: dict[str, str], body: bytes) -> int:
            return server.take("woocommerce", headers, body)

        live(woo, rolls, send)
        assert len(known(database_url)) > 5
        server.stop()
        for number in range(25, 33):
            woo.place(number)
            woo.deliver(-1, send)
        assert woo.off  # nobody answered, and it tells nothing any more
        server.start("--workers", "1")
        done = json.loads(server.run("pull", "--json"))[0]
        again = json.loads(server.run("pull", "--json"))[0]
    held = {str(number) for number in woo.orders}
    found = known(database_url)
    assert (set(found), done["refused"], again["brought"]) == (held, 0, 0)
    assert done["brought"] > 8
    ours = {"processing": "paid", "completed": "delivered", "trash": "cancelled", "pending": "pending"}
    for number, order in woo.orders.items():
        on_delivery = order["payment_method"] == "cod" and order["status"] == "processing"
        assert found[str(number)]["status"] == ("pending" if on_delivery else ours[order["status"]])
        refunds = [(refund, amount) for refund, amount, _, _ in found[str(number)]["refunds"]]
        assert refunds == [(str(each["id"]), 500) for each in woo.refunds.get(number, [])]


def test_a_shopify_that_repeats_itself_in_any_order_is_known_whole_when_it_has_been_heard(
    served: Any, database_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    rolls = random.Random(11)
    shop = FakeShopify(now() - 20_000, rolls)
    server = served("{}")

    def send(headers: dict[str, str], body: bytes) -> int:
        return server.take("shopify", headers, body) if rolls.random() > 0.2 else 0  # some time out

    for number in range(1, 16):
        shop.at += rolls.randrange(60, 600)
        shop.place(number)
        if number == 8:
            shop.secrets = [SHOPIFY, NEXT_SHOPIFY]
        if number % 2 == 0:
            shop.change(number, "orders/paid", financial_status="paid")
        if number % 3 == 0:
            shop.refund(number, 500 + number)
        if number % 5 == 0:
            shop.change(number, "orders/cancelled", cancelled_at=shop.orders[number]["updated_at"])
        shop.deliver(send, 5)
    for _ in range(9):
        shop.deliver(send)
    assert (shop.outgoing, shop.lost) == ([], [])
    found, carts = known(database_url), events(database_url)
    quiet = tmp_path / "quiet.db"
    quiet.write_bytes(sqlite_template.read_bytes())
    assert found == told_once(f"sqlite:///{quiet}", shop)
    assert carts == {(f"cart:c-{number}:632910392", "added_to_cart") for number in shop.orders}


def live(woo: FakeWoo, rolls: random.Random, send: Any) -> None:
    """Two hours of a shop, whose webhooks are lost, told twice, late, and in any order; its secret is replaced meanwhile."""
    for number in range(1, 25):
        woo.at += rolls.randrange(0, 200)
        woo.place(number, status="processing", payment_method=rolls.choice(("cod", "przelewy24")))
        if number == 12:
            woo.secret = NEXT_WOO
        if number % 3 == 0:
            woo.refund(number, 900 + number, "5.00", product=93)
        if number % 4 == 0:
            woo.change(number, status="completed")
        if number % 7 == 0:
            woo.trash(number)
        for _ in range(2):
            woo.deliver(rolls.randrange(len(woo.outgoing)), send)


def events(database_url: str) -> set[tuple[str, str]]:
    store = open_store(database_url)
    with store.use():
        found = set(Event.select(Event.external_id, Event.kind).tuples())
    store.close()
    return found


def told_once(database_url: str, shop: FakeShopify) -> dict[str, Any]:
    """What is known of a shop that tells of each order once, at the end."""
    store: Store = open_store(database_url)
    with store.use():
        systems = Systems(store)
        systems.clock.at = Optica(store).now = shop.at * 1_000_000 + 1
        for order in shop.orders.values():
            assert systems.shopify("orders/updated", order).status_code == 200
        found = facts()
    store.close()
    return found


def test_a_baselinker_is_known_by_asking_alone(served: Any, database_url: str) -> None:
    base = FakeBaseLinker(now() - 7200)
    for number in range(1, 131):
        base.at += 20
        base.place(number, payment_done=1000, order_source="allegro" if number % 10 == 0 else "shop")
    with listening(base.answer) as url:
        server = served(f"{{baselinker: {{url: '{url}/connector.php', token: {TOKEN}}}}}")
        first = json.loads(server.run("pull", "--source", "baselinker", "--json"))[0]
        base.at = now()
        base.change(1, order_status_id=SENT)
        base.change(2, order_status_id=GOT)
        base.merge(3, 4)
        base.remove(5)
        second = server.run("pull")
        listed = server.run("pull", "--statuses")
    found = known(database_url)
    assert (first["brought"], len(found), "5 new or changed" in second) == (117, 117, True)
    assert [found[str(number)]["status"] for number in range(1, 7)] == [
        "shipped", "delivered", "paid", "cancelled", "cancelled", "paid"]  # fmt: skip
    assert "8071  Wysłane" in listed
    assert "shipped" in listed
    store = open_store(database_url)
    with store.use():
        assert Pull.get().lease_until_at == 0
    store.close()
