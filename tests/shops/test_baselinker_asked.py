"""BaseLinker is asked: by its journal where there is one, by dates where there is none; marketplaces are not the shop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.clock import MINUTE, SECOND
from engine.config import ShopConfig
from engine.config_shops import PullBaseLinker
from engine.intake.connectors.baselinker import status_by_name, told
from engine.intake.pulling.asking import NotAnswered
from engine.intake.pulling.baselinker import MOST_A_MINUTE, Paced
from engine.intake.pulling.run import take_turn
from engine.intake.sources import rehearse
from engine.store import Store
from models import Customer, Order, Pull, RefusedMessage
from tests.intake.optica import NOW, lines_of, the_order
from tests.shops.desk import Asker, baselinker_at, facts
from tests.shops.fake_baselinker import GOT, PACKED, SENT, VOID, FakeBaseLinker
from tests.shops.listening import listening

HOURS_AGO = NOW // SECOND - 6 * 3600


@pytest.fixture
def base() -> FakeBaseLinker:
    return FakeBaseLinker(HOURS_AGO)


@pytest.fixture
def url(base: FakeBaseLinker) -> Iterator[str]:
    with listening(base.answer) as found:
        yield found


@pytest.fixture
def here(store: Store, url: str) -> Asker:
    return Asker(store, baselinker_at(url))


def ask(here: Asker, base: FakeBaseLinker, minutes: int = 5) -> Any:
    """Some minutes later it is asked again."""
    base.at += minutes * 60
    here.pass_seconds(minutes * 60)
    return here.ask("baselinker")


def test_an_order_comes_with_its_buyer_and_to_the_last_grosz(here: Asker, base: FakeBaseLinker) -> None:
    base.place(1630473)
    turn = here.ask("baselinker")
    assert (turn.brought, turn.refused) == (1, 0)
    order, anna = the_order("1630473"), Customer.get()
    assert (order.status, order.total_minor, order.channel, order.at) == (
        "pending",
        12990 + 1999 + 1299,
        "shop",
        HOURS_AGO * SECOND,
    )
    assert (anna.email, anna.first_name, anna.last_name, anna.city, anna.region, anna.country) == (
        "anna@example.com", "Anna Maria", "Nowak", "Kraków", "małopolskie", "PL")  # fmt: skip
    assert {name: (line.quantity, line.price_minor) for name, line in lines_of("1630473").items()} == {
        "5434": (2, 6495), "590000": (1, 1999)}  # fmt: skip
    before = facts()
    assert (ask(here, base).brought, facts()) == (0, before)


def test_an_order_is_paid_when_the_money_is_there_and_what_its_status_is_called(
    here: Asker, base: FakeBaseLinker
) -> None:
    base.place(1, payment_done="162.88")
    base.place(2, payment_done=162.87)
    base.place(3, payment_method_cod="1", payment_done=162.88, order_status_id=PACKED)
    for number, status in ((4, SENT), (5, GOT), (6, VOID)):
        base.place(number, order_status_id=status)
    here.ask("baselinker")
    found = {number: known["status"] for number, known in facts().items()}
    assert found == {
        "1": "paid",
        "2": "pending",
        "3": "pending",
        "4": "shipped",
        "5": "delivered",
        "6": "cancelled",
    }
    assert the_order("5").delivered_at == HOURS_AGO * SECOND


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Wysłane", "shipped"), ("Nadana", "shipped"), ("Do wysłania", None), ("Niewysłane", None), ("Dostarczone", "delivered"),
        ("Nie odebrane", None), ("Odebrane", "delivered"),
        ("Do odebrania", None), ("W realizacji", None), ("Zrealizowane", "delivered"),
        ("Anulowane", "cancelled"), ("Zwroty", None), ("Shipped", "shipped"), ("Undelivered", None), ("Not sent", None),
        ("Відправлено", "shipped"), ("Скасовано", "cancelled"), ("Доставлено", "delivered"), ("Не доставлено", None), ("", None),
    ],
)  # fmt: skip
def test_a_status_is_known_by_its_name_only_where_that_is_sure(name: str, ours: str | None) -> None:
    assert status_by_name(name) == ours


def test_the_operator_says_what_a_status_is_by_its_number_or_its_name(
    here: Asker, base: FakeBaseLinker, url: str
) -> None:
    here.config = baselinker_at(url, statuses={"do wysłania": "paid", str(SENT): "delivered"})
    base.place(1, order_status_id=PACKED)
    base.place(2, order_status_id=SENT)
    here.ask("baselinker")
    assert {number: known["status"] for number, known in facts().items()} == {"1": "paid", "2": "delivered"}


def test_buyers_of_marketplaces_are_left_out_unless_the_operator_names_their_source(
    here: Asker, base: FakeBaseLinker, url: str
) -> None:
    base.place(1)
    base.place(2, order_source="allegro", email="kf93@allegromail.pl")
    base.place(3, email="")
    base.place(4, confirmed=False)
    here.ask("baselinker")
    assert (sorted(facts()), [row.email for row in Customer.select()]) == (["1"], ["anna@example.com"])
    here.config = baselinker_at(url, sources=("shop", "allegro"))
    ask(here, base)
    assert sorted(facts()) == ["1", "2"]


def test_the_journal_tells_of_changes_removals_merges_and_splits(
    here: Asker, base: FakeBaseLinker, url: str
) -> None:
    for number in range(1, 6):
        base.place(number)
    here.ask("baselinker")
    here.config = baselinker_at(url, overlap_minutes=1)  # so that only the journal can tell
    base.at += 86400
    here.pass_seconds(86400)
    base.change(1, order_status_id=SENT)
    base.remove(2)
    base.merge(3, 4)
    base.split(5, 6)
    base._log(4, 1)  # an invoice of it was removed, not the order
    assert here.ask("baselinker").brought == 6
    found = {number: (known["status"], len(known["lines"])) for number, known in facts().items()}
    assert found == {"1": ("shipped", 2), "2": ("cancelled", 2), "3": ("pending", 2), "4": ("cancelled", 2), "5": ("pending", 1),
                     "6": ("pending", 1)}  # fmt: skip
    assert lines_of("3")["5434"].quantity == 4
    asked = len(base.asked)
    ask(here, base)
    assert [method for method, _ in base.asked[asked:]] == [
        "getJournalList",
        "getOrders",
        "getOrderStatusList",
    ]


def test_a_journal_that_is_switched_off_is_told_and_the_last_weeks_are_read_again(
    here: Asker, base: FakeBaseLinker
) -> None:
    base.journal = False
    base.place(1)
    assert here.ask("baselinker").note == "no_journal"
    base.at += 5 * 86400
    here.pass_seconds(5 * 86400)
    base.change(1, order_status_id=SENT)
    base.place(2)
    assert (ask(here, base).note, Pull.get().note) == ("no_journal", "no_journal")
    assert {number: known["status"] for number, known in facts().items()} == {"1": "shipped", "2": "pending"}
    base.change(1, order_status_id=GOT)
    ask(here, base)
    assert the_order("1").status == "shipped"  # the weeks were read a moment ago
    ask(here, base, minutes=6 * 60)
    assert the_order("1").status == "delivered"
    base.journal = True
    base.change(2, order_status_id=SENT)
    assert ask(here, base).note is None
    assert Pull.get().note is None


def test_pages_go_on_where_the_last_one_ended_also_within_a_second(here: Asker, base: FakeBaseLinker) -> None:
    base.journal = False
    for number in range(1, 241):
        base.at += (
            1 if number < 90 or number > 150 else 0
        )  # 61 of them in one second, across the end of a page
        base.place(number)
    turn = here.ask("baselinker", most=2, early=False)
    assert (turn.done, len(facts())) == (False, 100)
    assert here.ask("baselinker", early=False).done
    assert {int(number) for number in facts()} == set(range(1, 241))
    asked = [said["date_confirmed_from"] for method, said in base.asked if method == "getOrders"]
    assert asked == sorted(asked)
    assert (
        take_turn(here.store, here.config, here.shop, "baselinker", here.clock.now, threading.Event()) is None
    )


def test_what_cannot_be_kept_is_set_aside_and_said_once(here: Asker, base: FakeBaseLinker) -> None:
    base.place(1, currency="ZZZ")
    base.place(2)
    base.place(3, products=[{"product_id": "1", "quantity": 1, "price_brutto": "x"}])
    base.place(4, email="no address")
    base.place(5, date_add=10**12)
    for _ in range(2):
        here.ask("baselinker")
    assert (sorted(facts()), RefusedMessage.select().count()) == (["2"], 4)
    wrong = {row.error.partition(":")[0] for row in RefusedMessage.select()}
    assert wrong == {"/0/currency", "/products/0/price_brutto", "/0/customer/email", "/date_add"}


@pytest.mark.parametrize(
    ("broken", "said", "wait"),
    [
        ({"status": "ERROR", "error_code": "ERROR_BAD_TOKEN", "error_message": "Invalid"}, "ERROR_BAD_TOKEN: Invalid", 5),
        ({"status": "ERROR", "error_code": "ERROR_REQUEST_LIMIT", "error_message": "Wait"}, "ERROR_REQUEST_LIMIT", 10),
        ({"status": "SUCCESS", "logs": {}}, "/logs", 5), ([], "no word of why", 5),
        ({"status": "SUCCESS", "logs": [{"log_id": "x", "log_type": 1, "order_id": 1}]}, "log_id", 5),
    ],
)  # fmt: skip
def test_an_error_is_told_and_the_next_question_waits(
    here: Asker, base: FakeBaseLinker, broken: Any, said: str, wait: int
) -> None:
    base.broken = [(200, broken)]
    with pytest.raises(NotAnswered) as error:
        here.ask("baselinker")
    assert said in str(error.value)
    assert (Pull.get().failures, Pull.get().next_at - here.clock.at) == (1, wait * MINUTE)


def test_no_more_is_asked_in_a_minute_than_is_allowed() -> None:
    clock, waited = [0.0], list[float]()

    def wait(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    paced = Paced(wait, lambda: clock[0])
    moments = []
    for _ in range(300):
        paced()
        moments.append(clock[0])
        clock[0] += 0.1
    assert waited
    assert max(sum(1 for other in moments if at <= other < at + 60) for at in moments) == MOST_A_MINUTE


def test_a_test_event_is_understood_and_leaves_nothing(here: Asker) -> None:
    assert rehearse(here.store, here.config, here.shop, "baselinker", here.clock.at) is None
    assert (Order.select().count(), isinstance(here.config.shops[0], ShopConfig)) == (0, True)


def test_zeroes_where_something_could_stand_are_nothing() -> None:
    sent = FakeBaseLinker(HOURS_AGO)
    sent.place(
        1,
        delivery_price=None,
        payment_done=None,
        payment_method_cod=0,
        products=[{"name": "Gift", "quantity": 0}],
    )
    [order] = told("order", sent.orders[1], PullBaseLinker(token="token-0123456789")).orders
    assert (order["total"], order["lines"], order["status"]) == ("0.00", [], "paid")
