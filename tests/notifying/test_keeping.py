"""What was told is kept for a while, to be sent again; what waits is kept until it is over."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY
from engine.config_server import Retention
from engine.reports.everything import everything
from engine.roles.retention import prune
from engine.store import Store
from models import Customer, Endpoint, GoalLook, Notice
from tests.notifying.receiver import Receiver, Told
from tests.outbox.shop import NOON


class Home:
    """As much of a home as throwing away needs."""

    def __init__(self, told: Told, **retention: Any) -> None:
        self.store, self.clock = told.store, told.clock
        self.config = told.config.model_copy(update={"retention": Retention(**retention)})


def keep(told: Told, kind: str, state: str, days: int, customer: Any = None) -> None:
    at = NOON - days * DAY
    Notice.create(
        shop=told.shop.shop, endpoint="crm", number=f"msg_{kind}{days}", kind=kind, at=at, recorded_at=at, next_at=at,
        state=state, settled_at=at if state in ("delivered", "given_up") else None, customer=customer,
    )  # fmt: skip


def left() -> list[str]:
    return sorted(row.number for row in Notice.select())


@pytest.mark.parametrize(("days", "gone"), [(14, True), (20, False), (None, False)])
def test_what_was_told_goes_after_its_days_and_a_goal_later_so_that_it_is_never_told_twice(
    told: Told, days: int | None, gone: bool
) -> None:
    for kind, age in (("message.sent", 15), ("message.sent", 13), ("goal.reached", 30), ("goal.reached", 32)):
        keep(told, kind, "delivered", age)
    prune(Home(told, notices_days=days))  # type: ignore[arg-type]
    kept = {"msg_goal.reached30", "msg_message.sent13"} | (set() if gone else {"msg_message.sent15"})
    assert set(left()) == kept | ({"msg_goal.reached32"} if days is None else set())


def test_what_waits_stays_unless_nobody_is_told_any_more(told: Told) -> None:
    Endpoint.create(shop=told.shop.shop, name="crm")
    keep(told, "message.sent", "waiting", 20)
    keep(told, "message.sent", "waiting", 40)
    anna = told.shop.customer("Anna")
    for age in (1, 40):
        GoalLook.create(shop=told.shop.shop, customer=anna, recorded_at=NOON - age * DAY)
    prune(Home(told))  # type: ignore[arg-type]
    assert (left(), GoalLook.select().count()) == (["msg_message.sent20"], 1)


def test_whoever_asks_for_everything_gets_what_was_told_of_them(
    store: Store, told: Told, receiver: Receiver
) -> None:
    keep(told, "message.sent", "delivered", 1, told.shop.customer("Anna"))
    keep(told, "message.sent", "delivered", 2, told.shop.customer("Borys"))
    [row] = everything(Customer.get(Customer.external_id == "anna"))["notice"]
    assert (row["number"], row["endpoint"]) == ("msg_message.sent1", "crm")
