"""Best-sellers beside a thank-you: of the bought categories, never what she has, and only with her consent."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY
from engine.profile.recommend import recommended
from engine.store import Store
from models import Line, Product
from tests.outbox.shop import NOON, Optician

COUNT = {"to": "bought", "count": 2}


@pytest.fixture
def optician(store: Store) -> Optician:
    """A shop where Borys bought five BIO6, three RENU and one DROPS yesterday."""
    shop = Optician(store)
    shop.order(shop.customer("Borys"), "b1", NOON - DAY, BIO6=5, RENU=3, DROPS=1)
    for key in ("BIO6", "RENU", "DROPS", "ACU30"):
        Product.create(shop=shop.shop, external_id=key, name=key, recorded_at=0, updated_at=0)
    return shop


def _shown(
    optician: Optician, consents: tuple[str, ...] = ("marketing",), now: int = NOON, **lines: int
) -> list[str]:
    anna = optician.customer("Anna", consents)
    order = optician.order(anna, "a1", now, **(lines or {"ACU30": 1}))
    return [row.external_id for row in recommended(optician.draft(anna, order), COUNT, now)]


def test_the_most_bought_come_first_and_no_more_than_asked(optician: Optician) -> None:
    assert _shown(optician) == ["BIO6", "RENU"]


def test_without_consent_to_marketing_nothing_is_shown(optician: Optician) -> None:
    assert _shown(optician, consents=()) == []


def test_consent_to_the_newsletter_is_not_consent_to_marketing(optician: Optician) -> None:
    assert _shown(optician, consents=("newsletter",)) == []


def test_what_she_has_just_bought_or_ever_bought_is_not_shown(optician: Optician) -> None:
    assert _shown(optician, BIO6=1, ACU30=1) == ["RENU", "DROPS"]


def test_what_she_bought_years_ago_is_not_shown(optician: Optician) -> None:
    anna = optician.customer("Anna")
    optician.order(anna, "old", NOON - 900 * DAY, BIO6=1)
    order = optician.order(anna, "a1", NOON, ACU30=1)
    assert [row.external_id for row in recommended(optician.draft(anna, order), COUNT, NOON)] == [
        "RENU",
        "DROPS",
    ]


def test_what_is_out_of_stock_is_not_shown_but_what_the_shop_never_counted_is(optician: Optician) -> None:
    Product.update(stock=0).where(Product.external_id == "BIO6").execute()
    Product.update(stock=4).where(Product.external_id == "RENU").execute()
    assert _shown(optician) == ["RENU", "DROPS"]


def test_only_the_last_ninety_days_count(optician: Optician) -> None:
    assert _shown(optician, now=NOON + 90 * DAY) == []


def test_sales_that_were_given_back_do_not_count(optician: Optician) -> None:
    Line.update(refunded_quantity=3).where(Line.product == "BIO6").execute()
    assert _shown(optician) == ["RENU", "BIO6"]


def test_other_categories_are_not_shown(optician: Optician) -> None:
    Line.update(category="cosmetics/creams").where(Line.product == "BIO6").execute()
    assert _shown(optician) == ["RENU", "DROPS"]


def test_a_customer_without_an_order_in_hand_is_shown_nothing(optician: Optician) -> None:
    assert recommended(optician.draft(optician.customer("Celina")), COUNT, NOON) == []


def test_three_months_of_sales_are_added_up_once_a_day_and_not_once_a_mail(
    optician: Optician, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _shown(optician) == ["BIO6", "RENU"]
    sums: list[str] = []
    execute = optician.store.database.execute_sql

    def listened(sql: str, *more: Any, **named: Any) -> Any:
        sums.append(sql)
        return execute(sql, *more, **named)

    monkeypatch.setattr(optician.store.database, "execute_sql", listened)
    celina = optician.customer("Celina")
    draft = optician.draft(celina, optician.order(celina, "c1", NOON, RENU=1))
    assert [row.external_id for row in recommended(draft, COUNT, NOON)] == ["BIO6", "DROPS"]
    assert not [sql for sql in sums if "SUM(" in sql]
