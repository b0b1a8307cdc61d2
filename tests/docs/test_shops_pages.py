"""docs/shops is true: its settings are read, its tables are those of the code, and what it has people paste is taken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine import standard_webhooks
from engine.cli.main import main
from engine.config import read_config
from engine.config_shops import Horoshop, PullBaseLinker, PullWooCommerce, Shopify, WooCommerce
from engine.intake.connectors import horoshop, shopify, woocommerce
from engine.intake.connectors.baselinker import status_by_name
from engine.store import Store
from tests.house.tracked import ROOT
from tests.web.webhooks.shops import Systems
from tests.web.webhooks.test_horoshop import Hooks

FOLDER = Path(ROOT / "docs" / "shops")
NAMES = ("woocommerce", "shopify", "baselinker", "horoshop", "others")
PLAIN = {
    "name": "Optyk",
    "postal": "Optyk, ul. Szeroka 14, Kraków",
    "sender": {"name": "O", "address": "o@example.com"},
}
MEANT = {
    "order number": "1001", "date of the order, as 2026-05-20T12:00:00+02:00": "2026-05-20T12:00:00+02:00", "status": "paid",
    "currency": "PLN", "total with delivery, gross": "129.90", "client's number": "26", "client's e-mail": "anna@example.com",
    "client's first name": "Anna", "client's last name": "Nowak", "city": "Kraków", "country, two capitals": "PL",
    "for each product": "", "end": "", "comma unless last": "", "product's number": "93", "product's name": "Acuvue Oasys 30",
    "quantity": "2", "price of a piece, gross": "64.95", "true or false": "true",
}  # fmt: skip


def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text("utf-8")


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def settings(text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    [block] = blocks(text, "yaml")
    for name in re.findall(r"\$\{([A-Z_]+)\}", block):
        own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwABCD" if "WEBHOOK" in name else "a-secret-of-some-length"
        monkeypatch.setenv(name, own)
    whole = YAML(typ="safe").load(block)
    whole["shops"][0] |= PLAIN
    return read_config(whole).shops[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_of_each_page_are_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = settings(page(name), monkeypatch)
    told = {kind for kind, found in [*shop.webhooks, *shop.pull] if found is not None}
    assert told == {"native" if name == "others" else name}


def test_the_settings_of_the_first_page_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "shops.md").read_text("utf-8")
    shop = settings(text.partition("## Own code")[0], monkeypatch)
    assert (shop.webhooks.woocommerce is None, shop.pull.woocommerce is None) == (False, False)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("woocommerce", WooCommerce), ("woocommerce", PullWooCommerce), ("shopify", Shopify), ("baselinker", PullBaseLinker),
     ("horoshop", Horoshop)],
)  # fmt: skip
def test_every_setting_is_told(name: str, shape: Any) -> None:
    known = set(shape.model_fields) - {"url" if name == "baselinker" else ""}
    assert [field for field in known if f"{field}:" not in blocks(page(name), "yaml")[0]] == []


def test_the_statuses_of_woocommerce_are_those_of_the_code() -> None:
    table = page("woocommerce").partition("## Statuses")[2].partition("Any other")[0]
    said = {
        word: ours
        for words, ours in re.findall(r"\| (.+?) \| (\w+)", table)
        for word in re.findall(r"`([a-z-]+)`", words)
    }
    assert said == woocommerce.STATUSES | dict.fromkeys(woocommerce.NOT_YET, "no")


def test_the_topics_of_shopify_are_those_of_the_code() -> None:
    table = page("shopify").partition("| topic |")[2].partition("The last three")[0]
    for topic in re.findall(r"`([a-z_]+/[a-z_]+)`", table):
        sent = {
            "id": 1,
            "token": "t",
            "customer": {"id": 1},
            "order_id": 1,
            "email": None,
            "total_price": "1",
            "line_items": [],
        }
        assert not shopify.told(topic, sent).ignored.startswith("nothing is done"), topic


def test_the_words_of_baselinkers_statuses_are_those_of_the_code() -> None:
    text = page("baselinker").partition("## Statuses")[2].replace("\n", " ")
    for ours in ("shipped", "delivered", "cancelled"):
        words = re.findall(rf"\*([^*]+)\*\s+are\s+{ours}", text)[0]
        assert {status_by_name(word) for word in words.split(", ")} == {ours}


def test_the_events_of_horoshop_are_those_of_the_code() -> None:
    assert all(f"`{event}`" in page("horoshop") for event in horoshop.EVENTS)


def test_the_order_of_horoshops_page_is_taken(store: Store) -> None:
    [sent] = blocks(page("horoshop"), "json")
    assert Hooks(store).put("order_created", sent.encode()).get_json() == {"accepted": 1, "unchanged": 0}


def test_the_templates_of_idosell_become_orders_and_customers(store: Store) -> None:
    shop = Systems(store)
    order, customer = (
        re.sub(r"«([^»]+)»", lambda found: MEANT[found[1]], text) for text in blocks(page("idosell"), "text")
    )
    assert shop.post("orders", order.encode()).status_code == 201
    assert shop.post("customers", customer.encode()).status_code == 201
    [event] = re.findall(r'`(\{"kind".+?\})`', page("idosell"))
    assert (
        shop.post("events", re.sub(r"«([^»]+)»", lambda found: MEANT[found[1]], event).encode()).status_code
        == 201
    )


def test_the_order_that_a_shops_own_code_signs_is_sound_and_signed_as_the_page_does(store: Store) -> None:
    [sent] = blocks(page("others"), "json")
    assert Systems(store).post("orders", json.loads(sent)["data"]).status_code == 201
    for part in (
        "hash_hmac('sha256', \"$id.$at.$body\"",
        "strlen('whsec_')",
        *(standard_webhooks.ID, standard_webhooks.SIGNATURE),
    ):
        assert part in page("others")


@pytest.mark.parametrize("name", [*NAMES, "idosell"])
def test_the_commands_can_be_called_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in set(re.findall(r"server\.py ([a-z]+(?: create)?)((?: --[a-z]+)*)", page(name))):
        with pytest.raises(SystemExit) as done:
            main([*words[0].split(), "--help"])
        assert done.value.code == 0
        shown = capsys.readouterr().out
        assert all(option in shown for option in words[1].split())
