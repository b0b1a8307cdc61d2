"""The Python client against a server that is really served: it sends, reads, follows pages, and tries again rightly."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from werkzeug.serving import make_server

from clients.generate import CLIENT, client_of
from clients.python.regulars_client import (
    Client,
    Invalid,
    Malformed,
    NotAllowed,
    NotLetIn,
    NotThere,
    OrderIn,
    Place,
    TooMany,
    Unreachable,
)
from engine.store import Store
from engine.web.api import RESOURCES
from engine.web.api.credentials import new_key
from engine.web.api.document import document_of
from models import Idempotency, Order
from tests.intake.optica import CONFIG, NOW, order
from tests.web.api.serving import Calls


class Line:
    """A server behind a line that can be cut: after the request was done, before its answer is heard."""

    def __init__(self, store: Store, requests: int | None = None) -> None:
        live = CONFIG.keys.live.model_copy(update={"requests": requests})
        config = CONFIG.model_copy(update={"keys": CONFIG.keys.model_copy(update={"live": live})})
        self.calls = Calls(store, config)
        self.key = new_key(self.calls.shop.id, "client", NOW, ["all"])
        self.cuts, self.asked, self.waited = 0, list[tuple[str, str, int]](), list[float]()
        self.server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        said: list[Any] = []
        body = b"".join(self.calls.app(environ, lambda *head: said.append(head)))
        path = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}".rstrip("?")
        self.asked.append((environ["REQUEST_METHOD"], path, int(said[0][0][:3])))
        if self.cuts:
            self.cuts -= 1
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start(*said[0])
        return [body]

    def client(self, **more: Any) -> Client:
        return Client(
            f"http://127.0.0.1:{self.server.server_port}",
            more.pop("key", self.key),
            sleep=self.waited.append,
            **more,
        )

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def line(store: Store) -> Iterator[Line]:
    line = Line(store)
    yield line
    line.close()


def said(number: str = "1001", **more: Any) -> OrderIn:
    return cast("OrderIn", order(number, **more))


def test_the_client_is_what_the_document_makes_of_it() -> None:
    assert CLIENT.read_text("utf-8") == client_of(document_of(RESOURCES)), "run python -m clients.generate"


def test_orders_are_sent_read_back_and_sent_again(line: Line) -> None:
    with line.client() as regulars:
        assert regulars.send_orders(said()) == {"accepted": 1, "unchanged": 0}
        assert regulars.send_orders([said("a/b ż"), said()]) == {"accepted": 1, "unchanged": 1}
        read = regulars.get_order("a/b ż")
        assert (read["total"], read["customer"]["email"], read["lines"][0]["price"]) == (
            "129.90", "anna@example.com", "64.95",
        )  # fmt: skip
        assert regulars.send_orders(read) == {"accepted": 0, "unchanged": 1}
        assert regulars.send_customers(regulars.get_customer("anna")) == {"accepted": 0, "unchanged": 1}


def test_a_list_is_walked_to_its_end(line: Line) -> None:
    with line.client() as regulars:
        regulars.send_orders([said(str(number)) for number in range(7)])
        assert [each["id"] for each in regulars.list_orders(limit=3)] == [str(number) for number in range(7)]
        assert len([one for one in line.asked if one[0] == "GET"]) == 3
        assert [each["id"] for each in regulars.list_orders(updated_since="2027-01-01T00:00:00Z")] == []
        assert list(regulars.list_coupons()) == list(regulars.list_messages(state="sent")) == []


def test_lines_are_each_told_what_became_of_them(line: Line) -> None:
    with line.client() as regulars:
        results = regulars.send_orders_by_line([said(), said("2", total="-1"), said()])
    assert [one["status"] for one in results] == ["accepted", "refused", "unchanged"]
    assert results[1]["errors"] == [{"pointer": "/total", "detail": "an amount must not be negative"}]


def test_what_is_refused_names_its_place(line: Line) -> None:
    with line.client() as regulars:
        with pytest.raises(Invalid) as refused:
            regulars.send_orders([said(), said("2", total="-1")])
        assert refused.value.places == (Place("/1/total", "an amount must not be negative"),)
        assert "nothing was kept" in refused.value.detail
        with pytest.raises(NotThere):
            regulars.get_order("nothing")
        with pytest.raises(Malformed, match="Idempotency-Key"):
            regulars.send_orders(said(), idempotency_key="x" * 256)
        with pytest.raises(Invalid, match="limit: takes"):
            list(regulars.list_orders(limit=0))
    with line.client(key="rk_wrong") as stranger, pytest.raises(NotLetIn):
        stranger.get_order("1001")
    till = new_key(line.calls.shop.id, "till", NOW, ["orders:write"])
    with line.client(key=till) as writer, pytest.raises(NotAllowed, match="orders:read"):
        writer.get_order("1001")
    assert line.waited == [], "none of it is tried again"


def test_an_order_whose_answer_was_lost_is_sent_again_and_kept_once(line: Line) -> None:
    line.cuts = 2
    with line.client() as regulars:
        assert regulars.send_orders(said()) == {"accepted": 1, "unchanged": 0}, "the first answer, told again"
    assert [status for _, _, status in line.asked] == [201, 201, 201]
    assert (Order.select().count(), Idempotency.select().count()) == (1, 1)
    assert line.waited == [0.5, 1.0]


def test_a_line_that_stays_cut_is_said_to_be_so(line: Line) -> None:
    line.cuts = 3
    with line.client(attempts=3) as regulars:
        with pytest.raises(Unreachable, match="after 3 attempts"):
            regulars.get_order("1001")
        with pytest.raises(NotThere):
            regulars.get_order("1001")


def test_a_key_that_asks_too_much_waits_as_long_as_it_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, passed = Line(store, requests=2), [0.0]
    monkeypatch.setattr("engine.web.api.limiting.monotonic_ns", lambda: int(passed[0] * 10**9))

    def sleep(seconds: float) -> None:
        line.waited.append(seconds)
        passed[0] += seconds

    with line.client() as regulars:
        regulars._sleep = sleep
        for number in range(4):
            regulars.send_orders(said(str(number)))
        assert Order.select().count() == 4
        assert line.waited
        assert all(1 <= seconds <= 60 for seconds in line.waited)
        regulars._attempts = 1
        with pytest.raises(TooMany) as refused:
            for _ in range(3):
                regulars.send_orders(said())
        assert refused.value.retry_after is not None
    line.close()


def test_what_has_not_changed_is_not_sent_again(line: Line) -> None:
    with line.client() as regulars:
        regulars.send_orders(said())
        first, again = regulars.get_order("1001"), regulars.get_order("1001")
        assert first == again
        regulars.send_orders(said(total="1.00", updated_at="2026-03-02T00:00:00Z"))
        assert regulars.get_order("1001")["total"] == "1.00"
    assert [status for method, _, status in line.asked if method == "GET"] == [200, 304, 200]


def test_every_operation_of_the_api_has_a_method() -> None:
    document = document_of(RESOURCES)
    acts = [
        act
        for path, found in document["paths"].items()
        if path.startswith("/api/v1/")
        for act in found.values()
    ]
    assert [
        act["operationId"] for act in acts if not callable(getattr(Client, act["operationId"], None))
    ] == []
    assert json.dumps(document)
