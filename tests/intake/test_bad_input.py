"""Bad input: each problem has its place and a sentence, and nothing of the request is kept."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import IntakeError
from engine.store import Store
from models import TABLES, Customer, Order
from tests.intake.optica import Optica, line, order


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


CUSTOMER = {"id": "anna", "email": "anna@example.com"}


def says(**said: Any) -> dict[str, Any]:
    """Returns what an order says of its customer."""
    return {"customer": CUSTOMER | said}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"total": "-1"}, "/0/total", "an amount must not be negative"),
    ({"total": "1e3"}, "/0/total", "write an amount"),
    ({"total": "NaN"}, "/0/total", "write an amount"),
    ({"total": True}, "/0/total", "write an amount"),
    ({"total": {}}, "/0/total", "write an amount"),
    ({"total": 10**15}, "/0/total", "smaller than"),
    ({"total": 1e308}, "/0/total", "smaller than"),
    ({"currency": "ZZZ"}, "/0/currency", "no rate is configured for the currency 'ZZZ'; known: EUR, JPY, PLN"),
    ({"currency": "pln"}, "/0/currency", "capitals"),
    ({"placed_at": "2099-01-01T00:00:00Z"}, "/0/placed_at", "lies in the future"),
    ({"placed_at": "1200-01-01T00:00:00Z"}, "/0/placed_at", "lies outside the years"),
    ({"placed_at": "0001-01-01"}, "/0/placed_at", "lies outside the years"),
    ({"placed_at": "yesterday"}, "/0/placed_at", "is no ISO 8601 moment"),
    ({"placed_at": 1700000000}, "/0/placed_at", "write an ISO 8601 moment in quotes"),
    ({"placed_at": None}, "/0/placed_at", "write an ISO 8601 moment"),
    ({"status": "refunded"}, "/0/status", "must be 'pending', 'paid'"),
    ({"id": 1001}, "/0/id", "must be a valid string"),
    ({"id": ""}, "/0/id", "at least 1 character"),
    ({"id": "x" * 129}, "/0/id", "at most 128 characters"),
    ({"id": "a\nb"}, "/0/id", "one line without control characters"),
    ({"totl": 1}, "/0/totl", "unknown key 'totl'; did you mean 'total'?"),
    ({"lines": "none"}, "/0/lines", "must be a list"),
    ({"lines": [line()] * 1001}, "/0/lines", "at most 1000 lines"),
    ({"lines": [], "total": None}, "/0", "lines or a total"),
    ({"lines": [line(price="-0.01")]}, "/0/lines/0/price", "negative"),
    ({"lines": [line(quantity=0)]}, "/0/lines/0/quantity", "greater than or equal to 1"),
    ({"lines": [line(quantity=-2)]}, "/0/lines/0/quantity", "greater than or equal to 1"),
    ({"lines": [line(quantity="2")]}, "/0/lines/0/quantity", "valid integer"),
    ({"lines": [line(quantity=10**9)]}, "/0/lines/0/quantity", "less than or equal to"),
    ({"lines": [line(), line(quantty=1)]}, "/0/lines/1/quantty", "did you mean 'quantity'?"),
    ({"lines": [line(url="javascript:alert(1)")]}, "/0/lines/0/url", "starts with http:// or https://"),
    ({"lines": [line(category="optics//lenses")]}, "/0/lines/0/category", "no path of categories"),
    ({"customer": {}}, "/0/customer", "needs an id or an email"),
    ({"customer": None}, "/0/customer", "must be a JSON object"),
    ({"customer": CUSTOMER | {"first_name": "Anna\r\nBcc: x@y.pl"}}, "/0/customer/first_name", "control characters"),
    ({"customer": CUSTOMER | {"first_name": "An\0na"}}, "/0/customer/first_name", "control characters"),
    ({"customer": CUSTOMER | {"email": "żółw@example.com"}}, "/0/customer/email", "before the @-sign"),
    ({"customer": CUSTOMER | {"email": "anna@example"}}, "/0/customer/email", "needs a dot"),
    ({"customer": CUSTOMER | {"email": "anna@@example.com"}}, "/0/customer/email", "not an address"),
    ({"customer": CUSTOMER | {"email": "anna@exa mple.com"}}, "/0/customer/email", "not an address"),
    ({"customer": CUSTOMER | {"email": "a@x.pl\r\nTo: b@y.pl"}}, "/0/customer/email", "control characters"),
    ({"customer": CUSTOMER | {"timezone": "Europe/Krakow"}}, "/0/customer/timezone", "unknown time zone"),
    ({"customer": CUSTOMER | {"timezone": "../../etc/passwd"}}, "/0/customer/timezone", "unknown time zone"),
    ({"customer": CUSTOMER | {"birthday": "1990-02-30"}}, "/0/customer/birthday", "is no day"),
    ({"customer": CUSTOMER | {"birthday": "2090-01-01"}}, "/0/customer/birthday", "nobody was born"),
    ({"customer": CUSTOMER | {"country": "Polska"}}, "/0/customer/country", "two letters in capitals"),
    ({"customer": CUSTOMER | {"gender": "F"}}, "/0/customer/gender", "must be 'female', 'male' or 'other'"),
    (says(consent={"marketng": {"granted": True}}), "/0/customer/consent", "did you mean 'marketing'?"),
    (says(consent={"marketing": {"granted": "yes"}}), "/0/customer/consent/marketing/granted", "boolean"),
    (says(consent={"marketing": {"grantd": True}}), "/0/customer/consent/marketing/grantd", "granted"),
    ({"customer": CUSTOMER | {"attributes": {"a/b~": [1]}}}, "/0/customer/attributes/a~1b~0", "write a text"),
    ({"customer": CUSTOMER | {"attributes": {"n": 2**60}}}, "/0/customer/attributes/n", "smaller than 2^53"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "pointer", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_bad_order_is_refused_with_its_place_and_the_remedy(
    said: dict[str, Any], pointer: str, words: str
) -> None:
    from engine.intake.checking import ORDERS
    from engine.intake.reading import reading_for
    from tests.intake.optica import CONFIG, NOW, OPTICA

    with pytest.raises(IntakeError) as refused:
        ORDERS.check_all([order(**said)], reading_for(CONFIG, OPTICA, NOW))
    found = dict(refused.value.problems)
    assert pointer in found, found
    assert words in found[pointer]


def test_one_bad_order_of_a_list_keeps_all_out_and_every_problem_is_told(optica: Optica) -> None:
    before = [table.select().count() for table in TABLES]
    with pytest.raises(IntakeError) as refused:
        optica.orders(order("1"), order("2", total="x", status="gone"), order("3", customer={}))
    assert [pointer for pointer, _ in refused.value.problems] == ["/1/status", "/1/total", "/2/customer"]
    assert [table.select().count() for table in TABLES] == before


def test_a_moment_without_offset_is_read_in_the_shops_zone(optica: Optica) -> None:
    from tests.intake.optica import at, the_order

    optica.orders(order(placed_at="2026-05-01T10:00:00"))
    assert the_order().at == at("2026-05-01T08:00:00")


def test_other_resources_refuse_as_clearly(optica: Optica) -> None:
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (optica.events, {"kind": "event", "customer": {"id": "a"}}, "needs a name"),
        (optica.events, {"kind": "seen", "customer": {"id": "a"}}, "must be 'viewed'"),
        (optica.events, {"kind": "viewed", "customer": {}}, "by id or by email"),
        (optica.events, {"kind": "complaint_closed", "customer": {"id": "a"}}, "the id of what was complained"),
        (optica.consents, {"customer": {"id": "a"}, "purpose": "transactional", "granted": True}, "unknown purpose"),
        (optica.refunds, {"id": "r", "order": "1", "lines": [{"product": "A", "quantity": 0}]}, "greater than"),
        (optica.products, {"id": "p", "stock": 1.5}, "valid integer"),
        (optica.products, {"id": "p", "prise": 1}, "did you mean 'price'?"),
    ]  # fmt: skip
    for send, item, words in cases:
        with pytest.raises(IntakeError) as refused:
            send(item)
        assert words in refused.value.problems[0][1]


def test_null_and_an_empty_text_say_nothing_where_a_field_may_be_left_out(optica: Optica) -> None:
    """As checkouts send them: every field of the form, filled in or not."""
    empty = dict.fromkeys(("gender", "birthday", "phone", "city", "country", "language", "timezone"), "")
    who = {"id": "", "email": "anna@example.com", **empty, "consent": None, "tags": None}
    fields = {"status": None, "currency": "", "coupon": "", "updated_at": "", "delivered_at": "", "total": ""}
    optica.orders(order(customer=who, lines=[line(quantity=None, url="", category="")], **fields))
    (found,) = Order.select()
    assert (found.status, found.currency, found.total_minor) == ("paid", "PLN", 6495)
    assert (found.customer.external_id, found.customer.gender, found.customer.email) == (
        None,
        None,
        "anna@example.com",
    )
    optica.events(
        {"kind": "viewed", "customer": {"id": "", "email": "anna@example.com"}, "order": "", "price": ""}
    )
    with pytest.raises(IntakeError, match="needs an id or an email"):
        optica.orders(order(customer={"id": "", "email": ""}))
    with pytest.raises(IntakeError, match="write an amount"):
        optica.orders(order(lines=[line(price=None)]))
    with pytest.raises(IntakeError, match="at least 1 character"):
        optica.orders(order(id=""))


def test_an_empty_text_in_the_shops_own_list_erases_as_null_does(optica: Optica) -> None:
    optica.customers({"id": "anna", "country": "PL", "gender": "female", "city": "Kraków"})
    optica.customers({"id": "anna", "country": "", "gender": None, "city": ""})
    anna = Customer.get(Customer.external_id == "anna")
    assert (anna.country, anna.gender, anna.city) == (None, None, None)
