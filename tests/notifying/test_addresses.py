"""Where endpoints may be: on the public internet alone unless config says otherwise, over TLS that holds, as was looked up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.config import read_config
from engine.errors import ConfigError
from engine.notifying.posting import Line
from tests.certificates import write_pair
from tests.notifying.receiver import SECRET, Receiver, Told

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "100.64.0.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_never_connected_to_unless_config_says_so(
    told: Told, receiver: Receiver, address: str
) -> None:
    told.settings(url=f"https://crm.example:{receiver.port}/", inside=False)
    for found in ([address], ["93.184.215.14", address]):
        said = Line(told.endpoint, lambda host, found=found: found).post({}, b"{}")  # type: ignore[misc]
        assert "is not on the public internet" in (said.error or "")
    assert receiver.connections == 0


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def noted(address: Any, *rest: Any) -> Any:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("engine.notifying.posting.socket.create_connection", noted)
    told.settings(url="https://crm.example/", inside=False)
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    Line(told.endpoint, lambda host: next(answers)).post({}, b"{}")
    assert asked == [("93.184.215.14", 443)]


def test_a_certificate_must_hold_for_the_name(told: Told, tmp_path: Path) -> None:
    pair = write_pair(tmp_path)
    receiver = Receiver(pair)
    for name, ca, said in (("localhost", str(pair[0]), None), ("localhost", None, "certificate"),
                           ("other.example", str(pair[0]), "certificate")):  # fmt: skip
        told.settings(url=f"https://{name}:{receiver.port}/", ca_file=ca)
        line = Line(told.endpoint, lambda host: ["127.0.0.1"])
        found = line.post({}, b"{}")
        line.close()
        assert (found.error is None) if said is None else (said in (found.error or "")), name
    receiver.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"url": "http://crm.example/"}, "goes over https"), ({"url": "ftp://crm.example/"}, "such as https://"),
     ({"url": "https:///x"}, "such as https://"), ({"url": "https://u:p@crm.example/"}, "without a user"),
     ({"url": "https://crm.example/#x"}, "without a user"), ({"url": "https://crm.example/ą"}, "beyond ASCII"),
     ({"url": "https://crm.example:99999/"}, "url"), ({"secrets": ["short"]}, "whsec_"),
     ({"events": ["message.opened"]}, "events"),
     ({"events": []}, "events"), ({"name": "A"}, "name"), ({"evnets": []}, "did you mean 'events'")],
)  # fmt: skip
def test_what_is_wrong_with_an_endpoint_is_told_with_its_setting(changed: dict[str, Any], said: str) -> None:
    endpoint = {"name": "crm", "url": "https://crm.example/", "secrets": [SECRET]}
    shop = {
        "shop": "optyk",
        "name": "O",
        "postal": "ul. Szeroka 14",
        "sender": {"name": "O", "address": "o@o.pl"},
    }
    assert read_config({"shops": [shop | {"endpoints": [endpoint]}]}).shops[0].endpoints[0].events
    with pytest.raises(ConfigError, match=said):
        read_config({"shops": [shop | {"endpoints": [endpoint | changed]}]})


def test_two_endpoints_of_a_shop_have_two_names() -> None:
    endpoint = {"name": "crm", "url": "https://crm.example/", "secrets": [SECRET]}
    shop = {
        "shop": "optyk",
        "name": "O",
        "postal": "ul. Szeroka 14",
        "sender": {"name": "O", "address": "o@o.pl"},
    }
    with pytest.raises(ConfigError, match="two endpoints are called crm"):
        read_config({"shops": [shop | {"endpoints": [endpoint, endpoint]}]})
