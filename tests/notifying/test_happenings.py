"""What endpoints are told, and that it is written with what it tells or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from engine import bulk
from engine.clock import DAY, HOUR, MINUTE
from engine.config import ShopConfig
from engine.consent.agreeing import agree
from engine.consent.erasure import erase
from engine.consent.ledger import Entry, append
from engine.consent.wishes import Said, pause_until
from engine.consent.withdrawal import withdraw
from engine.feedback.clicks import judge
from engine.intake import accept_orders
from engine.matching.view import View
from engine.notices import look_at_goals
from engine.notifying.goals import look
from engine.outbox.settle import Settled, settle
from engine.rulebook.load import load_text
from engine.rulebook.server_words import vocabulary_of
from engine.store import Store
from models import Change, Click, Customer, GoalLook, Message, Notice
from tests.notifying.receiver import SECRET, Receiver, Told
from tests.outbox.shop import NOON

RULE = "- {rule: refill, when: {signed_up: any}, send: plain, goal: {ordered: any, within: 14 days}}\n"


def hand_over(told: Told, *names: str, outcome: Any = "sent") -> list[int]:
    """Queues a mail for each, and has the relay answer."""
    keys = told.shop.queue_for(*names)
    Message.update(state="sending", claimed_by="me", sending_at=NOON).where(Message.id << keys).execute()
    settle(told.store, "me", [Settled(key, outcome, "250 ok") for key in keys], NOON)
    return keys


def happened() -> list[tuple[str, dict[str, Any]]]:
    return [(row.kind, row.facts) for row in Notice.select().order_by(Notice.id)]


def test_a_mail_that_the_relay_took_is_told_and_signed(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    [key] = hand_over(told, "Anna")
    assert told.drain() == 1
    [said] = receiver.believes(SECRET, NOON, monkeypatch)
    assert said == {
        "type": "message.sent", "timestamp": "2026-03-01T11:00:00.000Z",
        "data": {"shop": "optyk", "customer": "anna", "message": str(key), "rule": "refill", "purpose": "marketing",
                 "template": "plain", "variant": None},
    }  # fmt: skip
    assert receiver.paths == ["/hooks?key=1"]
    assert receiver.heads[0]["content-type"] == "application/json"
    assert "anna@example.com" not in receiver.bodies[0]
    assert (Notice.get().state, told.drain(60)) == ("delivered", 0)


@pytest.mark.parametrize("outcome", ["deferred", "refused", "unknown"])
def test_a_mail_that_was_not_taken_is_not_told(told: Told, outcome: str) -> None:
    hand_over(told, "Anna", outcome=outcome)
    assert happened() == []


def test_what_is_rolled_back_was_never_told(told: Told) -> None:
    class Undone(Exception):
        pass

    anna = told.shop.customer("Anna")
    with pytest.raises(Undone), told.store.transaction():
        withdraw(told.store, told.shop.shop.id, anna.address_id, ["marketing"], NOON, "link")
        assert Notice.select().count() == 1
        raise Undone
    assert Notice.select().count() == 0


def test_unsubscribing_and_coming_back_are_told_once_each(told: Told) -> None:
    anna, shop = told.shop.customer("Anna"), told.shop.shop.id
    for _ in range(2):
        withdraw(told.store, shop, anna.address_id, ["marketing", "newsletter"], NOON, "unsubscribe")
    said = Said(shop, "preferences", address_id=anna.address_id)
    for _ in range(2):
        agree(told.store, said, "marketing", NOON + MINUTE, "Yes", "1")
    pause_until(told.store, said, NOON + DAY, NOON + 2 * MINUTE)
    assert happened() == [
        ("customer.unsubscribed", {"purpose": "marketing", "source": "unsubscribe"}),
        ("customer.unsubscribed", {"purpose": "newsletter", "source": "unsubscribe"}),
        ("customer.subscribed", {"purpose": "marketing", "source": "preferences"}),
    ]


def test_history_is_no_news_and_what_is_not_consented_yet_neither(told: Told) -> None:
    anna, shop = told.shop.customer("Anna", ()), told.shop.shop.id
    old, young = NOON - 30 * DAY, NOON - 30 * DAY + 1
    with told.store.transaction():
        append(told.store, shop, [Entry(anna.id, "newsletter", True, old, old)], NOON)
        append(told.store, shop, [Entry(anna.id, "marketing", True, young, young)], NOON)
        append(told.store, shop, [Entry(None, "marketing", True, NOON, NOON, external_customer="id:x")], NOON)
        append(told.store, shop, [Entry(anna.id, "pending:offers", True, NOON, NOON)], NOON)
    assert [facts["purpose"] for _, facts in happened()] == ["marketing"]


def test_a_click_is_told_when_a_person_did_it(told: Told) -> None:
    [key] = hand_over(told, "Anna")
    anna = Customer.get()
    for machine, at in (("scanner", NOON + HOUR), (None, NOON + 2 * HOUR), (None, NOON + 3 * HOUR)):
        judged = at if machine else None
        Click.create(
            shop=told.shop.shop, message=key, customer=anna, at=at, machine=machine, judged_at=judged
        )
    judge(told.store, NOON + DAY)
    judge(told.store, NOON + 2 * DAY)
    [clicked] = [row for row in Notice.select() if row.kind == "message.clicked"]
    assert (clicked.at, clicked.facts["message"], clicked.facts["rule"]) == (
        NOON + 2 * HOUR,
        str(key),
        "refill",
    )


def view(told: Told, now: int) -> View:
    settings: ShopConfig = told.config.shops[0]
    book = load_text({"rules/refill.yaml": RULE}, vocabulary_of(told.config, None))
    assert not book.errors
    return View(told.config, settings, told.shop.shop.id, book, now, {}, told.store.postgresql)


def learned(told: Told, customer: Customer, now: int) -> None:
    with told.store.transaction():
        look_at_goals(told.store, told.shop.shop.id, [customer.id, customer.id], now)
    look(told.store, view(told, now))


def test_a_goal_is_told_once_when_it_is_reached_within_its_window(told: Told, receiver: Receiver) -> None:
    hand_over(told, "Anna", "Borys")
    anna, borys = Customer.select().order_by(Customer.id)
    learned(told, anna, NOON + HOUR)
    assert [kind for kind, _ in happened()] == ["message.sent"] * 2
    told.shop.order(anna, at=NOON + DAY)
    told.shop.order(borys, "1002", at=NOON + 14 * DAY + MINUTE)
    for customer in (anna, borys, anna):
        learned(told, customer, NOON + 15 * DAY)
    [goal] = [row for row in Notice.select() if row.kind == "goal.reached"]
    assert (goal.customer_id, goal.at, goal.facts["goal"]) == (anna.id, NOON + DAY, "ordered")
    assert goal.facts["sent_at"] == "2026-03-01T11:00:00.000Z"
    assert GoalLook.select().count() == 0


def test_an_endpoint_hears_only_of_what_it_wants(store: Store, receiver: Receiver) -> None:
    told = Told(store, receiver, events=("goal.reached",))
    hand_over(told, "Anna")
    assert happened() == []
    with told.store.transaction():
        look_at_goals(told.store, told.shop.shop.id, [Customer.get().id], NOON)
    assert GoalLook.select().count() == 1


def test_without_an_endpoint_nothing_is_asked_and_nothing_written(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hot paths: their statements are as many as before there were webhooks out, and none names our tables."""
    told.store.listeners.clear()
    asked: list[str] = []
    for name in ("insert", "fetch", "update"):
        whole = getattr(bulk, name)

        def noted(store: Store, table: Any, *rest: Any, whole: Any = whole, **more: Any) -> Any:
            asked.append(table._meta.table_name)
            return whole(store, table, *rest, **more)

        monkeypatch.setattr(bulk, name, noted)
    keys = told.shop.queue_for("Anna")
    Message.update(state="sending", claimed_by="me").where(Message.id << keys).execute()
    settle(told.store, "me", [Settled(key, "sent", "250 ok") for key in keys], NOON)
    withdraw(told.store, told.shop.shop.id, Customer.get().address_id, ["marketing"], NOON, "link")
    with told.store.transaction():
        look_at_goals(told.store, told.shop.shop.id, [Customer.get().id], NOON)
    Click.create(shop=told.shop.shop, message=keys[0], customer=Customer.get(), at=NOON + HOUR)
    assert judge(told.store, NOON + DAY) == 1
    assert {"message", "change"} <= set(asked)
    assert set(asked) & {"notice", "goal_look", "endpoint", "shop"} == set()
    assert (Notice.select().count(), GoalLook.select().count()) == (0, 0)


def test_whoever_is_erased_is_told_of_no_more(told: Told, receiver: Receiver) -> None:
    hand_over(told, "Anna", "Borys")
    anna, borys = Customer.select().order_by(Customer.id)
    with told.store.transaction():
        look_at_goals(told.store, told.shop.shop.id, [anna.id], NOON)
    erase(told.store, anna, NOON)
    assert [row.customer_id for row in Notice.select()] == [borys.id]
    assert GoalLook.select().count() == 0
    told.drain()
    assert [said["data"]["customer"] for said in receiver.told] == ["borys"]


def test_a_guest_who_turns_out_to_be_a_customer_takes_along_what_waits(
    told: Told, receiver: Receiver
) -> None:
    hand_over(told, "Anna")
    guest = Customer.get()
    Customer.update(external_id=None).execute()
    with told.store.transaction():
        look_at_goals(told.store, told.shop.shop.id, [guest.id], NOON)
    Click.create(shop=told.shop.shop, message=Message.get(), customer=guest, at=NOON - HOUR)
    order = {
        "id": "1001", "placed_at": "2026-02-28T10:00:00Z", "status": "paid", "total": "10.00",
        "customer": {"id": "c1", "email": "anna@example.com"},
    }  # fmt: skip
    accept_orders(told.store, told.config, told.shop.shop, [order], NOON)
    [anna] = Customer.select()
    assert [row.customer_id for row in GoalLook.select()] == [anna.id]
    assert judge(told.store, NOON) == 1, "her clicks are hers"
    told.drain()
    assert [said["data"]["customer"] for said in receiver.told] == ["c1", "c1"]


def test_a_guest_has_no_id_and_an_address_only_where_it_is_asked_for(
    store: Store, receiver: Receiver
) -> None:
    told = Told(store, receiver, with_email=True)
    hand_over(told, "Anna")
    Customer.update(external_id=None).execute()
    told.drain()
    data = receiver.told[0]["data"]
    assert (data["customer"], data["email"]) == (None, "anna@example.com")
    assert "anna@example.com" not in str(list(Notice.select().dicts())), "it is read when it is sent"
    assert Change.select().exists()
