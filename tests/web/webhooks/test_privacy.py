"""Shopify passes on what the law lets customers wish: to be told what is kept, and to be forgotten, whoever they are here."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.store import Store
from models import Act, Customer
from tests.web.webhooks.shops import Systems, shopify_order

JAN = 115310627314723950
WISH: dict[str, Any] = {
    "shop_id": 954889,
    "shop_domain": "x.myshopify.com",
    "customer": {"id": JAN, "email": "john@example.com", "phone": "+48500"},
}


@pytest.fixture
def shop(store: Store, tmp_path: Path) -> Systems:
    shop = Systems(store)
    shop.app.extensions["home"] = SimpleNamespace(path=tmp_path)
    return shop


def files(home: Path) -> list[Any]:
    """Reads what lies in the home to be handed over."""
    return [json.loads(file.read_text())["customers"] for file in sorted((home / "exports").iterdir())]


def test_the_file_that_was_asked_for_goes_with_the_customer_and_both_are_written_down(
    shop: Systems, tmp_path: Path
) -> None:
    shop.shopify("orders/create", shopify_order())
    number = Customer.get().id
    assert shop.shopify("customers/data_request", WISH | {"orders_requested": [1]}).status_code == 200
    assert [[each["customer"] for each in told] for told in files(tmp_path)] == [[str(JAN)]]
    for _ in range(2):  # said twice, done once
        assert shop.shopify("customers/redact", WISH).status_code == 200
    assert files(tmp_path) == []
    acts = [(act.act, act.what, act.author, act.channel, act.customer_number) for act in Act.select()]
    assert acts == [(act, "optica", "regulars", "server", number) for act in ("export", "erase")]
