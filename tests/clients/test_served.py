"""The client against `server.py serve` itself: ids that hold anything come through the real web server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from clients.python.regulars_client import Client, NotThere, OrderIn
from tests.story.served import Served

ODD = ["a/b", "/a", "a//b", "żółw 🦄", "a?b#c", "100%", "%2F", "a+b", "x;y,z"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    try:
        served.start()
        yield served
    finally:
        served.stop()


def test_orders_go_there_and_back_whatever_their_ids(served: Served) -> None:
    key = served.run("keys", "create", "--name", "reader", "--scope", "all").split()[-1]
    with Client(served.url, key) as regulars:
        sent = [
            cast(
                "OrderIn",
                {
                    "id": number,
                    "placed_at": "2026-03-01T10:00:00Z",
                    "total": "10.00",
                    "customer": {"id": number},
                },
            )
            for number in ODD
        ]
        assert regulars.send_orders(sent)["accepted"] == len(ODD)
        assert [order["id"] for order in regulars.list_orders(limit=4)] == ODD
        for number in ODD:
            assert regulars.get_order(number)["customer"]["id"] == number
            assert regulars.get_customer(number)["id"] == number
        read = [regulars.get_order(number) for number in ODD]
        assert regulars.send_orders(read) == {"accepted": 0, "unchanged": len(ODD)}
        with pytest.raises(NotThere):
            regulars.get_order("nothing")
