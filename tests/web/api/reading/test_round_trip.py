"""What was posted can be read back, and posted again without changing anything."""

from __future__ import annotations

from typing import Any

import pytest

from engine.store import Store
from models import ConsentChange, CustomerVersion, Event, Line, Order, OrderVersion, Product
from tests.intake.optica import line, order
from tests.web.api.reading.reader import Reader

ANNA = {
    "id": "anna", "email": "Anna@example.com", "first_name": "Anna", "last_name": "Nowak-Żółw", "gender": "female",
    "birthday": "1990-04-12", "phone": "+48 600 100 200", "city": "Łódź", "region": "łódzkie", "country": "PL",
    "language": "pl", "timezone": "Europe/Warsaw", "tags": ["b2c", "vip"],
    "attributes": {"eye": "left", "power": -2.5, "n": 3, "glasses": True, "none": None}, "source": "checkout",
    "signed_up_at": "2026-01-01T00:00:00Z", "updated_at": "2026-03-01T10:00:00.123456Z",
    "consent": {"marketing": {"granted": True, "at": "2026-03-01T10:00:00+01:00", "source": "checkout", "wording": "Yes",
                              "version": "v2", "ip": "203.0.113.7"},
                "newsletter": {"granted": False, "at": "2026-03-02T10:00:00+01:00"},
                "profiling": {"granted": False, "at": "2026-03-02T11:00:00+01:00"}},
}  # fmt: skip
SENT: dict[str, list[dict[str, Any]]] = {
    "products": [
        {"id": "ACU-30", "name": "Acuvue, 30", "category": " optics / lenses ", "price": 64.95, "stock": 0,
         "lasts_days": 30, "url": "https://shop.example/a?b=c"},
        {"id": "bare"}, {"id": "EUR", "price": "10", "currency": "EUR", "updated_at": "2026-03-01T10:00:00Z"},
    ],
    "customers": [ANNA, {"id": "borys", "email": "borys@example.com", "first_name": "Борис", "country": "UA"},
                  {"email": "guest@example.com"}, {"id": "no address"}],
    "orders": [
        order(customer=ANNA, coupon="SPRING", channel="web"),
        order("2", status="delivered", shipped_at="2026-03-02T10:00:00+01:00", lines=[
            line(), line(price="10.015", quantity=1), line("other/one", url="https://shop.example/x", brand=None)]),
        order("3", status="cancelled", updated_at="2026-03-05T10:00:00Z"),
        order("4", currency="EUR", total="100.10", lines=[line(price="33.33"), line("B", price="0.01")]),
        order("5", currency="JPY", total=777, lines=[line(price=777, quantity=1)], updated_at=None, status="shipped"),
        order("6", lines=[], total="12", customer={"email": "guest@example.com"}),
        order("7", total=None, customer={"email": "Celina@Żółw.pl", "first_name": "Celina"}),
        order("a/b//ż ó?&=#%2F.", updated_at="2026-03-01T10:00:00.000001+01:00"),
    ],
    "events": [
        {"id": "v1", "kind": "viewed", "customer": "anna", "product": "ACU-30", "at": "2026-03-03T18:00:00Z"},
        {"kind": "searched", "customer": {"email": "ANNA@example.com"}, "properties": {"words": "ż", "n": 1.5},
         "at": "2026-03-03T18:01:00Z"},
        {"id": "late", "kind": "complained", "customer": {"id": "not known yet"}, "order": "99", "topic": "late"},
        {"id": "both", "kind": "asked", "customer": {"id": "who?", "email": "borys@example.com"}, "price": "10",
         "currency": "EUR", "quantity": 2},
        {"id": "own", "name": "visited_showroom", "customer": {"id": "anna"}, "properties": {"city": "Kraków"}},
        {"id": "p", "kind": "points_expire", "customer": {"id": "anna"}, "at": "2027-01-01T00:00:00Z"},
    ],
    "consents": [
        {"customer": {"email": "borys@example.com"}, "purpose": "newsletter", "granted": True,
         "at": "2026-03-04T08:00:00Z", "source": "form", "wording": "Yes", "proof": "form 7"},
        {"customer": {"id": "anna"}, "purpose": "marketing", "granted": False, "at": "2026-04-04T08:00:00Z"},
        {"customer": {"email": "nobody@example.com"}, "purpose": "marketing", "granted": True},
    ],
    "refunds": [
        {"id": "77", "order": "1001", "at": "2026-03-10T10:00:00Z", "lines": [{"product": "ACU-30", "quantity": 1}]},
        {"id": "78", "order": "4", "amount": "3.33", "currency": "EUR"}, {"id": "79", "order": "not known yet"},
        {"id": "80", "order": "2", "amount": 1, "lines": [{"product": "ACU-30"}]},
    ],
}  # fmt: skip
KEPT = (Order, OrderVersion, Line, Product, Event, ConsentChange, CustomerVersion)


@pytest.fixture
def reader(store: Store) -> Reader:
    reader = Reader(store)
    for resource, items in SENT.items():
        assert reader.post(resource, items).status_code == 201, resource
    return reader


@pytest.mark.parametrize("resource", SENT)
def test_what_was_read_is_sent_again_and_changes_nothing(reader: Reader, resource: str) -> None:
    read = reader.all(resource)
    assert len(read) >= len(SENT[resource])
    before = [table.select().count() for table in KEPT]
    reader.clock.at += 3_600_000_000
    answer = reader.post(resource, read)
    assert answer.json == {"accepted": 0, "unchanged": len(read)}, [
        (one, reader.post(resource, one).json) for one in read if reader.post(resource, one).json["accepted"]  # type: ignore[index]
    ]  # fmt: skip
    assert [table.select().count() for table in KEPT] == before
    assert reader.all(resource) == read


@pytest.mark.parametrize("resource", ["orders", "customers", "products", "events", "refunds"])
def test_a_single_one_reads_as_it_does_in_the_list(reader: Reader, resource: str) -> None:
    read = [item for item in reader.all(resource) if item["id"]]
    assert read
    for item in read:
        assert reader.one(resource, item["id"]) == item


def test_an_order_says_what_was_said_in_its_own_currency(reader: Reader) -> None:
    euros = reader.one("orders", "4")
    assert (euros["currency"], euros["total"], [line["price"] for line in euros["lines"]]) == (
        "EUR", "100.10", ["33.33", "0.01"],
    )  # fmt: skip
    assert euros["kept"]["total"] == "430.43"
    yen = reader.one("orders", "5")
    assert (yen["total"], yen["lines"][0]["price"], yen["status"]) == ("777", "777", "shipped")


def test_an_order_that_says_something_new_in_the_same_version_is_still_taken(reader: Reader) -> None:
    read = reader.one("orders", "1001")
    assert reader.post("orders", read | {"total": "130.00"}).json == {"accepted": 1, "unchanged": 0}
    assert reader.post("orders", read | {"shipped_at": "2026-03-02T10:00:00Z"}).json["accepted"] == 1  # type: ignore[index]
    read = reader.one("orders", "1001")
    assert (read["total"], read["shipped_at"]) == ("129.90", "2026-03-02T10:00:00Z")
    moved = read | {"customer": {"id": "borys"}}
    assert reader.post("orders", moved).json["accepted"] == 1  # type: ignore[index]
    assert reader.one("orders", "1001")["customer"]["id"] == "borys"
    told = read | {"customer": {"id": "borys", "city": "Kyiv"}}
    assert reader.post("orders", told).json["accepted"] == 1  # type: ignore[index]


def test_what_came_too_early_says_that_it_waits(reader: Reader) -> None:
    event, refund = reader.one("events", "late"), reader.one("refunds", "79")
    assert (event["kept"]["customer_known"], event["kept"]["order_known"]) == (False, False)
    assert refund["kept"]["order_known"] is False
    waiting = [line for line in reader.all("consents") if not line["kept"]["customer_known"]]
    assert [line["customer"]["email"] for line in waiting] == ["nobody@example.com"]
    reader.post("orders", order("99", customer={"id": "not known yet"}))
    event = reader.one("events", "late")
    assert (event["kept"]["customer_known"], event["kept"]["order_known"]) == (True, True)
    assert reader.post("events", event).json == {"accepted": 0, "unchanged": 1}
