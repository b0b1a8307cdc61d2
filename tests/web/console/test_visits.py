"""The page of where visits end, and visits in a customer's timeline."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY, MINUTE
from models import Customer, Visit, Visitor, VisitPage
from tests.web.console.conftest import Login
from tests.web.shopful import NOW, Shopful


@pytest.fixture
def seen(shop: Shopful) -> Any:
    """Anna came from a search with her phone, looked at two pages for seven minutes and ended in the cart."""
    anna = Customer.get(Customer.external_id == "anna")
    at = NOW - DAY
    visitor = Visitor.create(shop=shop.shop, key="visitor:1", customer=anna, at=at, last_at=at)
    row = Visit.create(
        shop=shop.shop, visitor=visitor, customer=anna, key="visit-1", at=at, last_at=at + 7 * MINUTE, page_at=at,
        recorded_at=at, device="phone", source="www.google.com", first_page="/", last_page="/koszyk", pages=2,
    )  # fmt: skip
    for page in ("/", "/koszyk"):
        VisitPage.create(visit=row, page=page)
    return anna


def test_a_viewer_sees_ends_and_how_little_they_say_of_those_who_did_not_agree(
    login: Login, seen: Any
) -> None:
    text = login("viewer").get("/visits").text
    assert "/koszyk" in text
    assert "www.google.com" in text
    assert "is not known, and cannot be worked out" in text
    assert "100 %" in text
    assert "Set “pages” in config.yaml" in text, "this shop's config.yaml names no pages"


def test_another_device_and_odd_questions_show_nothing_and_break_nothing(login: Login, seen: Any) -> None:
    client = login("viewer")
    assert "/koszyk" not in client.get("/visits?device=computer").text.partition("By last page")[2]
    for query in ("days=0", "days=999999999999999999999", "device=fridge", "days=-7&device=%00"):
        answer = client.get(f"/visits?{query}")
        assert (answer.status_code, "/koszyk" in answer.text) == (200, True), query


def test_a_visit_stands_in_the_timeline_with_device_source_and_last_page(login: Login, seen: Any) -> None:
    text = login("viewer").get(f"/customers/{seen.id}").text
    for words in (
        "Visit</strong> · Phone · from www.google.com · 2 pages",
        "ended on /koszyk",
        "after 7 minutes",
    ):
        assert words in text
