"""What a template knows of a mail: the store's rows as plain values, in the customer's own time and money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.clock import DAY
from engine.delivery.context import context_of, contexts_of
from engine.outbox.draft import Draft
from models import Event, Line, Message, Order, PriceDay, Product
from tests.outbox.shop import NOON, Optician, config


def _variables(draft: Draft, **settings: Any) -> Any:
    return context_of(draft, config(**settings), NOON).variables


def test_an_order_is_told_with_its_lines_in_the_customers_time(optician: Optician) -> None:
    anna = optician.customer("Anna", zone="Europe/Kyiv", language="uk")
    found = _variables(optician.draft(anna, optician.order(anna, ACU30=2, RENU=1)))
    assert (found["order"]["id"], found["order"]["total"], found["order"]["currency"]) == (
        "1001",
        Decimal("194.85"),
        "PLN",
    )
    assert f"{found['order']['placed_at']:%H:%M}" == "13:00"
    assert [(line["name"], line["quantity"], line["total"]) for line in found["order"]["lines"]] == [
        ("Product ACU30", 2, Decimal("129.90")), ("Product RENU", 1, Decimal("64.95")),
    ]  # fmt: skip
    assert found["anchor"]["order"] is found["order"]
    assert [product["id"] for product in found["products"]] == ["ACU30", "RENU"]


def test_the_customers_language_comes_before_the_shops(optician: Optician) -> None:
    anna, borys = optician.customer("Anna", language="uk"), optician.customer("Borys", language=None)
    found = contexts_of([optician.draft(anna), optician.draft(borys)], config(), NOON)
    assert [each.languages for each in found] == [("uk", "pl"), (None, "pl")]


def test_the_issue_of_a_newsletter_is_that_of_the_customers_own_date(optician: Optician) -> None:
    at = NOON + 11 * 3600 * 1_000_000  # 23:00 in Warsaw, 00:00 of the next day in Kyiv
    anna, borys = optician.customer("Anna"), optician.customer("Borys", zone="Europe/Kyiv")
    drafts = [optician.draft(person, anchors=({"kind": "every", "at": at},)) for person in (anna, borys)]
    assert [each.local_date.day for each in contexts_of(drafts, config(), NOON)] == [1, 2]


def test_a_product_is_shown_as_it_was_bought_completed_by_what_the_shop_says_now(optician: Optician) -> None:
    anna = optician.customer("Anna")
    order = optician.order(anna)
    Product.create(shop=optician.shop, external_id="ACU30", name="New name", price_minor=1, url="https://x.example/a",
                   image="javascript:alert(1)", recorded_at=0, updated_at=0)  # fmt: skip
    anchor = {"kind": "bought", "at": NOON, "order_id": order.id, "product": "ACU30"}
    product = _variables(optician.draft(anna, anchors=(anchor,)))["anchor"]["product"]
    assert (product["name"], product["price"], product["url"]) == (
        "Product ACU30",
        Decimal("64.95"),
        "https://x.example/a",
    )
    assert product["image"] is None


def test_an_order_in_another_currency_is_shown_in_the_money_that_was_paid(optician: Optician) -> None:
    anna = optician.customer("Anna")
    order = optician.order(anna, ACU30=2)
    Order.update(currency="EUR", reported_minor=3000).execute()
    found = _variables(optician.draft(anna, order))["order"]
    assert (found["total"], found["currency"], found["lines"][0]["price"]) == (
        Decimal("30.00"),
        "EUR",
        Decimal("15.00"),
    )


def test_what_was_given_back_is_not_listed(optician: Optician) -> None:
    anna = optician.customer("Anna")
    order = optician.order(anna, ACU30=2, RENU=1)
    Line.update(void_at=NOON).where(Line.product == "RENU").execute()
    assert [line["id"] for line in _variables(optician.draft(anna, order))["order"]["lines"]] == ["ACU30"]


def test_of_two_orders_the_cancelled_one_is_not_told(optician: Optician) -> None:
    anna = optician.customer("Anna")
    gone, kept = optician.order(anna, "1"), optician.order(anna, "2")
    anchors = tuple({"kind": "ordered", "at": NOON, "order_id": order.id} for order in (gone, kept))
    Order.update(void_at=NOON).where(Order.id == gone.id).execute()
    found = _variables(optician.draft(anna, anchors=anchors))
    assert [anchor["order"]["id"] for anchor in found["anchors"]] == ["2"]


def test_links_are_short_enough_to_stay_on_one_line_and_belong_to_one_mail(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    row = Message.get_by_id(key)
    link = context_of(row, config(), NOON).variables["link"]
    assert link["unsubscribe"] == f"https://optyk.example/u/{row.token}"
    assert link["preferences"] == f"https://optyk.example/p/{row.token}"
    assert link["why"] == f"https://optyk.example/w/{row.token}"
    assert len(link["unsubscribe"]) <= 70


def test_a_draft_and_its_message_have_the_same_variables_but_for_the_links(optician: Optician) -> None:
    anna = optician.customer("Anna")
    draft = optician.draft(anna, optician.order(anna))
    (key,) = optician.queue(draft)
    before, after = _variables(draft), context_of(Message.get_by_id(key), config(), NOON).variables
    assert {**before, "link": 0} == {**after, "link": 0}


def test_twenty_mails_are_read_with_no_more_queries_than_one(optician: Optician) -> None:
    people = [optician.customer(f"Anna{n}") for n in range(20)]
    drafts = [optician.draft(one, optician.order(one, str(n))) for n, one in enumerate(people)]
    assert _queries(optician, drafts) == _queries(optician, drafts[:1])


def _queries(optician: Optician, drafts: list[Draft]) -> int:
    database, count = optician.store.database, [0]
    execute = database.execute_sql

    def counted(*args: Any, **named: Any) -> Any:
        count[0] += 1
        return execute(*args, **named)

    database.execute_sql = counted
    try:
        contexts_of(drafts, config(), NOON)
    finally:
        del database.execute_sql
    return count[0]


def test_products_to_show_come_only_if_the_rule_asks_for_them(optician: Optician) -> None:
    anna, others = optician.customer("Anna"), [optician.customer(name) for name in ("Borys", "Celina")]
    order = optician.order(anna, ACU30=1)
    for n, other in enumerate(others):
        optician.order(other, f"o{n}", NOON - DAY, BIO6=1)
    Product.create(shop=optician.shop, external_id="BIO6", name="Biofinity", recorded_at=0, updated_at=0)
    assert _variables(optician.draft(anna, order))["recommend"] == []
    asked = optician.draft(anna, order, extra={"recommend": {"to": "bought", "count": 3}})
    assert [product["name"] for product in _variables(asked)["recommend"]] == ["Biofinity"]


def test_a_product_has_the_lowest_price_of_the_30_days_before_it_fell_beside_its_own(
    optician: Optician,
) -> None:
    anna = optician.customer("Anna")
    lens = Product.create(
        shop=optician.shop, external_id="ACU30", price_minor=5000, recorded_at=0, updated_at=1
    )
    for day, minor in (("2026-02-01", 6000), ("2026-02-10", 7000), ("2026-02-28", 5000)):
        PriceDay.create(product=lens, day=day, lowest_minor=minor, last_minor=minor)
    event = Event.create(
        shop=optician.shop, customer=anna, kind="price_dropped", at=NOON, recorded_at=NOON, product="ACU30",
        properties={"percent": 28.57},
    )  # fmt: skip
    anchor = {"kind": "price_dropped", "at": NOON, "product": "ACU30", "event": event.id}
    found = _variables(optician.draft(anna, anchors=(anchor,)))
    product = found["products"][0]
    assert (product["price"], product["lowest_30_days"]) == (Decimal("50.00"), Decimal("60.00"))
    assert found["anchor"]["properties"] == {"percent": 28.57}
    bought = _variables(optician.draft(anna, optician.order(anna, ACU30=1, RENU=1)))["order"]["lines"]
    assert [line["lowest_30_days"] for line in bought] == [Decimal("60.00"), None]


def test_an_event_is_told_with_its_name_and_what_the_shop_said_of_it(optician: Optician) -> None:
    anna = optician.customer("Anna")
    event = Event.create(
        shop=optician.shop, customer=anna, kind="event", name="visited", at=NOON, recorded_at=NOON,
        properties={"city": "Kraków"},
    )  # fmt: skip
    anchor = _variables(optician.draft(anna, anchors=({"kind": "event", "at": NOON, "event": event.id},)))[
        "anchor"
    ]
    assert (anchor["name"], anchor["properties"]) == ("visited", {"city": "Kraków"})
