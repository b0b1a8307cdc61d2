"""Requests that wait for the same commit are written together, and each hears only of its own."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from engine.errors import IntakeError
from engine.intake import orders
from engine.store import Store
from engine.web.api.credentials import digest_of_key, new_key
from engine.web.api.together import SMALL, TOGETHER, Together
from models import ApiKey, Customer, Order
from tests.waiting import until
from tests.web.api.serving import Calls


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "placed_at": "2026-05-01T10:00:00Z", "customer": {"email": "anna@example.com"},
        "total": "10.00", **more,
    }  # fmt: skip


class Crowd:
    """Shops that all post while a commit is under way, and are answered when it ends."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = Calls(store)
        self.together: Together = self.calls.app.extensions[TOGETHER]
        self.transactions: list[int] = []
        whole = Together._commit

        def counted(together: Together, write: Any, intake: Any, taken: Any) -> Any:
            self.transactions.append(sum(len(one.items) for one in taken))
            return whole(together, write, intake, taken)

        monkeypatch.setattr(Together, "_commit", counted)

    def post(self, *bodies: Any, waiting: int | None = None) -> list[tuple[int, dict[str, Any]]]:
        with ThreadPoolExecutor(len(bodies)) as pool:
            with self.together.turn:
                answers: list[Future[Any]] = []
                for count, body in enumerate(bodies, 1):
                    answers.append(pool.submit(self._one, body))
                    until(lambda: len(self.together.waiting) >= min(count, waiting or count))  # noqa: B023
            return [answer.result() for answer in answers]

    def _one(self, body: Any, resource: str = "orders", key: str = "") -> tuple[int, dict[str, Any]]:
        client, headers = self.calls.app.test_client(), {"Authorization": f"Bearer {key or self.calls.key}"}
        answer = client.post(f"/api/v1/{resource}", json=body, headers=headers)
        return answer.status_code, answer.get_json()


@pytest.fixture
def crowd(store: Store, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    return Crowd(store, monkeypatch)


def numbers() -> list[str]:
    return sorted(row.external_id for row in Order.select())


def test_five_orders_that_wait_for_the_disk_are_committed_at_once(crowd: Crowd) -> None:
    answers = crowd.post(*(order(number) for number in range(5)))
    assert answers == [(201, {"accepted": 1, "unchanged": 0})] * 5
    assert (crowd.transactions, numbers(), Customer.select().count()) == ([5], ["0", "1", "2", "3", "4"], 1)


def test_each_of_them_hears_of_its_own_orders_only(crowd: Crowd) -> None:
    crowd.calls.post("orders", [order(1), order(2)])
    answers = crowd.post([order(1), order(2)], order(3), [order(2), order(4)])
    assert [body for _, body in answers] == [
        {"accepted": 0, "unchanged": 2}, {"accepted": 1, "unchanged": 0}, {"accepted": 1, "unchanged": 1},
    ]  # fmt: skip
    assert crowd.transactions[1:] == [5]


def test_one_that_cannot_be_written_takes_nobody_down_with_it(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = orders.write_orders

    def refusing(intake: Any, known: Any, merged: Any) -> None:
        write(intake, known, merged)
        if any(one.external_id == "2" for one in known):
            raise IntakeError("order 2 cannot be kept", [("/id", "cannot be kept")])

    monkeypatch.setattr(orders, "write_orders", refusing)
    answers = crowd.post(*(order(number) for number in range(4)))
    assert [status for status, _ in answers] == [201, 201, 422, 201]
    assert (sorted(crowd.transactions), numbers()) == ([1, 1, 1, 1, 4], ["0", "1", "3"])


def test_only_the_same_kind_of_thing_is_written_together(crowd: Crowd) -> None:
    def customer() -> tuple[int, dict[str, Any]]:
        return crowd._one({"id": "borys", "email": "borys@example.com"}, "customers")

    with ThreadPoolExecutor(2) as pool:
        with crowd.together.turn:
            answers = [pool.submit(crowd._one, order(1)), pool.submit(customer)]
            until(lambda: len(crowd.together.waiting) == 2)
        assert [answer.result()[0] for answer in answers] == [201, 201]
    assert crowd.transactions == [1, 1]


def test_a_long_list_has_a_commit_of_its_own(crowd: Crowd) -> None:
    long = [order(number) for number in range(100, 101 + SMALL)]
    answers = crowd.post(order(1), long, order(2), waiting=1)
    assert [status for status, _ in answers] == [201] * 3
    assert sorted(crowd.transactions)[-1] == len(long)
    assert len(numbers()) == len(long) + 2


def test_the_queue_is_empty_when_everybody_has_been_answered(crowd: Crowd) -> None:
    crowd.post(order(1), order(2))
    assert crowd._one(order(3))[0] == 201
    assert (crowd.together.waiting, crowd.together.turn.locked(), numbers()) == ([], False, ["1", "2", "3"])


def test_a_key_revoked_while_its_order_waits_writes_nothing_and_stops_nobody_else(crowd: Crowd) -> None:
    assert crowd._one(order(1))[0] == 201  # the key is known from now on
    first, second = crowd.calls.key, new_key(crowd.calls.shop.id, "second", 1)
    with ThreadPoolExecutor(2) as pool:
        with crowd.together.turn:
            answers = [
                pool.submit(crowd._one, order(2), key=first),
                pool.submit(crowd._one, order(3), key=second),
            ]
            until(lambda: len(crowd.together.waiting) == 2)
            ApiKey.update(revoked_at=1).where(ApiKey.digest == digest_of_key(first)).execute()
        assert [answer.result()[0] for answer in answers] == [401, 201]
    assert numbers() == ["1", "3"]
    assert crowd._one(order(4), key=first)[0] == 401


def test_a_key_that_was_revoked_hears_of_that_and_not_of_what_else_is_wrong(crowd: Crowd) -> None:
    assert crowd._one(order(1))[0] == 201
    ApiKey.update(revoked_at=1).execute()
    assert crowd._one({"id": 7})[0] == 401


def test_a_commit_wakes_the_clock_once_however_many_orders_it_brings(crowd: Crowd) -> None:
    rung: list[int] = []
    crowd.calls.app.extensions["wake"] = lambda: rung.append(1)
    crowd.post(*(order(number) for number in range(5)))
    assert rung == [1]
