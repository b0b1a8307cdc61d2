"""A click in a mail tells the shop's own page who comes, where the shop wants it and the customer agreed; nobody else hears."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import MINUTE
from engine.config import Config, read_config
from engine.delivery.clicks import click_token, link_ids
from engine.intake.visits.signed import read
from engine.store import Store
from engine.web.app import create_app
from tests.feedback.test_machines import CHROME
from tests.web.shopful import NOW, Shopful, Still, config

KEY, PAGE = b"a secret of the home", "https://optyk.example/acuvue?from=mail#price"


def pages(**more: Any) -> Config:
    """The optician, who ties clicks."""
    shop = config().shops[0].model_dump()
    told = {"origins": ["https://optyk.example"], "tie_clicks": "visits", **more}
    return read_config({"purposes": ["visits"], "shops": [{**shop, "pages": told}]})


def led(store: Store, mail: Any, url: str = PAGE, of: Config | None = None, agent: str = CHROME) -> str:
    """Where Anna's click leads."""
    store.secret = KEY
    client = create_app(of or pages(), store, Still()).test_client()
    (link,) = link_ids(mail.shop_id, mail.customer_id, [url], NOW).values()
    answer = client.get(f"/c/{click_token(KEY, mail.id, link)}", headers={"User-Agent": agent})
    assert answer.status_code == 302
    return str(answer.location)


@pytest.fixture
def agreed(mail: Any, shop: Shopful) -> Any:
    """Anna's mail; she has agreed that her visits are tied to her."""
    shop.consent(mail.customer, "visits")
    return mail


def test_whoever_agreed_is_told_to_the_shops_page_for_a_quarter_of_an_hour(store: Store, agreed: Any) -> None:
    address = led(store, agreed)
    assert address.startswith("https://optyk.example/acuvue?from=mail&regulars_visit=")
    assert address.endswith("#price")
    word = address.partition("regulars_visit=")[2].removesuffix("#price")
    assert read([KEY], "click", "optyk", word, NOW) == str(agreed.customer_id)
    assert read([KEY], "click", "optyk", word, NOW + 15 * MINUTE) is None
    assert read([KEY], "identify", "optyk", word, NOW) is None
    assert "?regulars_visit=" in led(store, agreed, "https://optyk.example/acuvue")


def test_without_consent_the_click_leads_where_it_led_and_says_nothing(store: Store, mail: Any) -> None:
    assert led(store, mail) == PAGE


def test_whoever_objects_to_profiling_or_has_withdrawn_is_not_told(
    store: Store, agreed: Any, shop: Shopful
) -> None:
    shop.consent(agreed.customer, "about:profiling", granted=False)
    assert led(store, agreed) == PAGE


@pytest.mark.parametrize(
    "url", ["https://evil.example/a", "https://optyk.example.evil.example/", "http://optyk.example/", "https://optyk.example:444/"]
)  # fmt: skip
def test_no_other_page_hears_who_comes(store: Store, agreed: Any, url: str) -> None:
    assert led(store, agreed, url) == url


def test_a_shop_that_has_not_switched_it_on_hears_nothing(store: Store, agreed: Any) -> None:
    assert led(store, agreed, of=pages(tie_clicks=None)) == PAGE
    assert led(store, agreed, of=config()) == PAGE


def test_a_program_that_looks_at_links_hears_nothing(store: Store, agreed: Any) -> None:
    assert led(store, agreed, agent="curl/8.0") == PAGE
