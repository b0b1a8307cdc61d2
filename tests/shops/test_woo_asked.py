"""WooCommerce is asked: what it lost comes all the same, what it told stays as it is, and nothing is asked too often."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.intake.pulling.asking import NotAnswered
from engine.intake.pulling.run import take_turn
from engine.intake.sources import take_again
from engine.store import Store, open_store
from models import Change, Customer, Order, Pull, Refund, RefusedMessage, Source
from tests.intake.optica import NOW, the_order
from tests.shops.desk import Asker, facts, woo_at
from tests.shops.fake_woo import FakeWoo
from tests.shops.listening import listening

HOURS_AGO = NOW // SECOND - 6 * 3600


@pytest.fixture
def woo() -> FakeWoo:
    return FakeWoo(HOURS_AGO)


@pytest.fixture
def url(woo: FakeWoo) -> Iterator[str]:
    with listening(woo.answer) as found:
        yield found


@pytest.fixture
def here(store: Store, url: str) -> Asker:
    return Asker(store, woo_at(url))


def test_what_no_webhook_has_told_is_brought_and_what_one_has_is_known(here: Asker, woo: FakeWoo) -> None:
    woo.place(1)
    woo.place(2, status="processing")
    woo.deliver(0, here.take)
    turn = here.ask("woocommerce")
    assert (turn.brought, turn.known, turn.refused) == (1, 1, 0)
    assert {number: known["status"] for number, known in facts().items()} == {"1": "pending", "2": "paid"}
    before = facts()
    assert (here.ask("woocommerce").brought, facts()) == (0, before)


def test_a_refund_says_when_it_was_made_and_what_came_back_whoever_told_of_it_first(
    here: Asker, woo: FakeWoo
) -> None:
    woo.place(1, status="processing")
    made = woo.at = woo.at + 60
    woo.refund(1, 900, "55.35", product=93)
    woo.at += 3600
    woo.change(1, status="completed")
    woo.deliver(
        2, here.take
    )  # the webhook of the completion brings the refund with a moment that is not its own
    assert Refund.get().at == (made + 3600) * SECOND
    here.ask("woocommerce")
    woo.deliver(1, here.take)
    assert facts()["1"]["refunds"] == [("900", 5535, made * SECOND, [("93", 1)])]
    assert ("93", 2, 5535, 1) in facts()["1"]["lines"]


def test_what_lies_in_the_trash_is_cancelled(here: Asker, woo: FakeWoo) -> None:
    woo.place(1, status="processing")
    here.ask("woocommerce")
    woo.at += 60
    woo.trash(1)
    here.ask("woocommerce")
    assert the_order("1").status == "cancelled"


def test_what_is_answered_overrules_a_deletion_that_was_told_before_its_order(
    here: Asker, woo: FakeWoo
) -> None:
    assert here.woo("order.deleted", {"id": 1}).status_code == 200
    woo.place(1, status="processing")
    here.ask("woocommerce")
    assert (the_order("1").status, the_order("1").void_at) == ("paid", None)


def test_many_orders_of_one_second_and_of_many_come_whole_while_the_shop_goes_on(
    here: Asker, woo: FakeWoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 331):
        woo.at += 1 if number < 60 or number > 270 else 0  # 211 of them in one second
        woo.place(number)
    asked = woo.answer

    def busy(*words: Any) -> Any:
        """With each page that is read an order that stood on an earlier one is changed, and moves to the end."""
        page = asked(*words)
        if page[1] and len(woo.asked) < 6:
            woo.at += 1
            woo.change(len(woo.asked), status="processing")
        return page

    monkeypatch.setattr(woo, "answer", busy)
    with listening(busy) as url:
        here.config = woo_at(url)
        here.ask("woocommerce")
    assert {int(number) for number in facts()} == set(range(1, 331))
    assert sum(known["status"] == "paid" for known in facts().values()) == 5


def test_a_turn_of_the_clock_ends_somewhere_and_the_next_goes_on_there(here: Asker, woo: FakeWoo) -> None:
    for number in range(1, 251):
        woo.at += 1
        woo.place(number)
    assert here.ask("woocommerce", most=1, early=False).done is False
    assert len(facts()) == 100
    assert here.ask("woocommerce", most=5, early=False).done  # at once: it was not at its end
    assert len(facts()) == 250
    assert (
        take_turn(here.store, here.config, here.shop, "woocommerce", here.clock.now, threading.Event())
        is None
    )
    here.pass_seconds(15 * 60)
    assert here.ask("woocommerce", early=False).done


def test_what_cannot_be_kept_is_set_aside_once_and_holds_nothing_up(here: Asker, woo: FakeWoo) -> None:
    for number, status in ((1, "processing"), (2, "w-paczkomacie"), (3, "processing")):
        woo.place(number, status=status)
    woo.place(4, billing={"email": "no address"})
    turn = here.ask("woocommerce")
    assert (turn.brought, turn.refused, sorted(facts())) == (2, 2, ["1", "3"])
    here.ask("woocommerce")
    messages = list(RefusedMessage.select().order_by(RefusedMessage.id))
    assert (len(messages), Source.get().last_at, Source.get().refused) == (2, None, 2)
    assert "unknown status" in (
        take_again(here.store, here.config, here.shop, messages[0], here.clock.at) or ""
    )


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ((401, {"code": "woocommerce_rest_cannot_view"}), "answers 401 (woocommerce_rest_cannot_view); see whether the key"),
        ((301, {}), "it sends elsewhere: write https://elsewhere.example"), ((404, b"<html>"), "see whether the address"),
        ((200, b"<html>maintenance"), "no JSON"), ((200, {"orders": []}), "no list of orders"),
        ((200, [{"id": 1, "status": "processing"}]), "does not say when it was changed"), ((200, b"[" * 100_000), "no JSON"),
        ((200, [{"id": 2, "date_modified_gmt": "2026-06-01T10:00:01"}, {"id": 1, "date_modified_gmt": "2026-06-01T10:00:00"}]),
         "WooCommerce 5.8 or newer"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_and_asked_for_again_later_and_later(
    here: Asker, woo: FakeWoo, broken: tuple[int, Any], said: str
) -> None:
    woo.broken = [broken, (503, {})]
    with pytest.raises(NotAnswered, match=r"127|shop|order") as error:
        here.ask("woocommerce")
    assert said in str(error.value)
    row = Pull.get()
    assert (row.error, row.failures, row.next_at - here.clock.at) == (str(error.value), 1, 15 * MINUTE)
    with pytest.raises(NotAnswered):
        here.ask("woocommerce")
    assert (Pull.get().failures, Pull.get().next_at - here.clock.at) == (2, 30 * MINUTE)
    woo.place(1)
    here.ask("woocommerce")
    row = Pull.get()
    assert (row.failures, row.asked_at, row.brought, row.lease_until_at) == (0, here.clock.at, 1, 0)


def test_a_shop_that_does_not_answer_is_told(here: Asker) -> None:
    here.config = woo_at("http://127.0.0.1:1")
    with pytest.raises(NotAnswered, match=r"127\.0\.0\.1: .*refused.*; it is asked again later"):
        here.ask("woocommerce")


def test_one_process_asks_at_a_time_and_one_that_slept_keeps_nothing(here: Asker, woo: FakeWoo) -> None:
    woo.place(1)
    inner: list[Any] = []

    def meanwhile(*words: Any) -> Any:
        """Another process tries while this one waits for its answer: in vain at first, and then the claim is over."""
        if not inner:
            inner.append(
                take_turn(
                    here.store,
                    here.config,
                    here.shop,
                    "woocommerce",
                    here.clock.now,
                    threading.Event(),
                    early=True,
                )
            )
            here.pass_seconds(301)
            inner.append(here.ask("woocommerce"))
        return woo.answer(*words)

    with listening(meanwhile) as url:
        here.config = woo_at(url)
        slept = here.ask("woocommerce")
    assert (inner[0], inner[1].brought, slept.brought, slept.known) == (None, 1, 0, 0)
    assert (Pull.get().brought, len(facts())) == (1, 1)


def test_what_is_old_wakes_no_rule_where_history_is_asked_for(here: Asker, woo: FakeWoo) -> None:
    woo.at -= 90 * 86400
    woo.place(1, status="completed")
    woo.at = HOURS_AGO
    woo.place(2, status="processing")
    turn = here.ask("woocommerce", since=NOW - 100 * DAY, history=True)
    assert (turn.brought, {row.customer_id for row in Change.select()}) == (2, {Customer.get().id})
    placed = {row.external_id: row.recorded_at - row.at for row in Order.select()}
    assert (placed["1"], placed["2"] > HOUR) == (0, True)
    woo.at += 60
    woo.change(1, status="refunded")
    assert here.ask("woocommerce").place["history"] is False


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_webhooks_do_the_facts_are_the_same_after_the_shop_was_asked(
    sqlite_url: str, sqlite_template: Any, tmp_path: Any, seed: int
) -> None:
    """Webhooks are lost, told twice, late and in any order, with polls between them; another shop only asked at the end."""
    rolls, woo = random.Random(seed), FakeWoo(HOURS_AGO)
    with listening(woo.answer) as url:
        told, quiet = asker(sqlite_url, url), asker(f"sqlite:///{copied(sqlite_template, tmp_path)}", url)
        with told.store.use():
            live(woo, told, rolls)
            told.ask("woocommerce")
            found = facts()
        with quiet.store.use():
            quiet.ask("woocommerce")
            assert found == facts()
        assert len(found) > 3
        for each in (told, quiet):
            each.store.close()


def asker(database: str, url: str) -> Asker:
    store = open_store(database)
    with store.use():
        return Asker(store, woo_at(url))


def copied(template: Any, folder: Any) -> Any:
    target = folder / "quiet.db"
    target.write_bytes(template.read_bytes())
    return target


def live(woo: FakeWoo, told: Asker, rolls: random.Random) -> None:
    """Some hours of a shop."""
    for number in range(1, 41):
        woo.at += rolls.randrange(0, 300)
        act = rolls.choice(
            ("place", "place", "pay", "complete", "refund", "cancel", "trash", "restore", "ask")
        )
        known = [key for key, order in woo.orders.items() if order["status"] not in ("trash", "cancelled")]
        if act == "place" or not known:
            woo.place(number, payment_method=rolls.choice(("przelewy24", "cod")))
        elif act == "ask":
            told.ask("woocommerce")
        elif act == "refund":
            woo.refund(rolls.choice(known), 900 + number, "1.50", product=rolls.choice((93, None)))
        elif act == "trash":
            woo.trash(rolls.choice(known))
        elif act == "restore":
            for gone in [key for key, order in woo.orders.items() if order["status"] == "trash"][:1]:
                woo.restore(gone)
        else:
            woo.change(
                rolls.choice(known),
                status={"pay": "processing", "complete": "completed", "cancel": "cancelled"}[act],
            )
        for _ in range(rolls.randrange(0, 4)):
            woo.deliver(rolls.randrange(len(woo.outgoing)), told.take) if woo.outgoing else None
