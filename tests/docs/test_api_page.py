"""docs/api.md is true: its requests are taken in their order, its answers are those that come, its code runs."""

from __future__ import annotations

import json
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from clients.python import regulars_client
from engine.clock import instant
from engine.store import Store
from engine.web.api.credentials import new_key
from models import Coupon
from tests.web.api.serving import Calls
from tests.web.api.test_coupons import holders

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
ASKED = re.compile(
    r"^(?:```sh\n(curl.*?)\n```|    (curl [^\n]+))\n\n(    \d{3} .*?)\n\n", re.MULTILINE | re.DOTALL
)
SHOWN = [(sent or read, answer) for sent, read, answer in ASKED.findall(PAGE)]
CODE = "7YH9-GY7D-N3T"
OF_ITS_OWN = {
    "id",
    "customer",
    "valid_until",
    "expires_at",
    "issued_at",
}  # of the coupon that the test has issued
HOST = "http://127.0.0.1:8000"


@pytest.fixture
def calls(store: Store) -> Calls:
    calls = Calls(store)
    calls.key = new_key(calls.shop.id, "the page", calls.clock.at, ["all"])
    calls.clock.at = instant(datetime(2026, 3, 11, 12, tzinfo=UTC))
    return calls


def curl(calls: Calls, command: str) -> TestResponse:
    """Does what curl would do with a command of the page; an option that it does not know is a failure."""
    words = shlex.split(command.replace("$API_KEY", calls.key))
    sent: dict[str, Any] = {"method": "GET", "headers": {}}
    assert words.pop(0) == "curl"
    while words:
        word = words.pop(0)
        if word == "-X":
            sent["method"] = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            sent["headers"][name] = value
        elif word in ("-d", "--data-binary"):
            said = words.pop(0)  # -d drops line ends, and NDJSON would then be one line
            sent["data"] = said if word == "--data-binary" else said.replace("\n", "")
        else:
            assert word.startswith(HOST), f"what is {word} to curl?"
            sent["path"] = word.removeprefix(HOST)
    return calls.client.open(**sent)


@pytest.fixture
def address(calls: Calls) -> Iterator[str]:
    """Where the shop is served over HTTP."""
    server = make_server("127.0.0.1", 0, calls.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_each_request_of_the_page_is_looked_at() -> None:
    assert len(SHOWN) == len(re.findall(r"^ *curl ", PAGE, re.MULTILINE)) == 8


def test_the_requests_of_the_page_are_taken_in_their_order_and_answered_as_it_shows(calls: Calls) -> None:
    holders(calls, "Zofia")
    Coupon.update(code=CODE, folded=CODE).execute()
    for command, shown in SHOWN:
        answer = curl(calls, command)
        status, _, body = shown.strip().partition(" ")
        assert answer.status_code == int(status), f"{command}\n{answer.text}"
        if "…" not in body:
            said, told = answer.get_json(), json.loads(body)
            assert set(said) == set(told), command
            same = {name for name in told if name not in OF_ITS_OWN}
            assert {name: said[name] for name in same} == {name: told[name] for name in same}, command


def test_the_lines_of_events_are_answered_as_the_page_says(calls: Calls) -> None:
    [command] = [command for command, _ in SHOWN if "ndjson" in command]
    lines = [json.loads(line) for line in curl(calls, command).text.splitlines()]
    assert [line["status"] for line in lines] == ["accepted"] * 5 + ["refused"]
    assert [line["line"] for line in lines] == list(
        range(2, 8)
    )  # curl begins with the line's end after the quote
    assert lines[-1]["errors"][0]["pointer"] == "/kind"


@pytest.mark.parametrize("total", ["129.90", "-1"])
def test_the_python_of_the_page_runs_with_an_order_that_is_taken_and_with_one_that_is_not(
    total: str,
    calls: Calls,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setitem(sys.modules, "regulars_client", regulars_client)
    for shown, meant in (("c1", "zofia"), ("https://mail.shop.example", address), ("rk_…", calls.key)):
        code = code.replace(shown, meant)
    holders(calls, "Zofia")
    order = {"id": "1", "placed_at": "2026-03-10T10:00:00Z", "total": total, "customer": {"id": "c1"}}
    exec(compile(code, "docs/api.md", "exec"), {"order": order})  # noqa: S102 - our own page
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "refill queued None"
    assert said[:-1] == ([] if total != "-1" else ["/total an amount must not be negative"])
