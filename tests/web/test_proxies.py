"""Behind a proxy: who called is what trusted proxies say, and never what callers say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config import Config, read_config
from engine.errors import ConfigError
from engine.web.proxies import Believed

SHOP = {
    "shop": "optyk", "name": "Optyk", "postal": "Optyk, ul. Szeroka 14, Kraków",
    "sender": {"name": "Optyk", "address": "sklep@optyk.example"},
}  # fmt: skip


def config(**settings: Any) -> Config:
    return read_config({"shops": [SHOP], "public_url": "https://r.optica.pl", **settings})


def seen(peer: str, config: Config = config(), **headers: str) -> tuple[str, str, str]:  # noqa: B008 - frozen
    """Returns caller, scheme and host as the application sees them."""
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "127.0.0.1:8000"}
    environ |= {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    Believed(config, lambda environ, start: [])(environ, None)
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"]


def test_a_proxy_on_this_machine_is_believed_and_a_stranger_is_not() -> None:
    said = {"for": "203.0.113.5", "proto": "https", "host": "r.optica.pl"}
    assert seen("127.0.0.1", **said) == ("203.0.113.5", "https", "r.optica.pl")
    assert seen("::1", **said) == ("203.0.113.5", "https", "r.optica.pl")
    assert seen("198.51.100.9", **said) == ("198.51.100.9", "http", "127.0.0.1:8000")


def test_a_caller_cannot_choose_an_address_by_claiming_to_come_through_others() -> None:
    assert seen("127.0.0.1", **{"for": "8.8.8.8, 203.0.113.5"})[0] == "203.0.113.5"
    assert seen("127.0.0.1", **{"for": "127.0.0.1, 203.0.113.5"})[0] == "203.0.113.5"
    assert seen("127.0.0.1", **{"for": "203.0.113.5, nonsense"})[0] == "127.0.0.1"
    assert seen("127.0.0.1", **{"for": "nonsense, 203.0.113.5"})[0] == "203.0.113.5"


def test_a_chain_of_our_own_proxies_is_gone_through_to_the_first_stranger() -> None:
    two = config(trusted_proxies=["10.0.0.0/24", "127.0.0.1"])
    assert seen("10.0.0.7", two, **{"for": "203.0.113.5, 10.0.0.8, 10.0.0.9"})[0] == "203.0.113.5"
    assert seen("10.0.1.7", two, **{"for": "203.0.113.5"})[0] == "10.0.1.7"
    assert seen("10.0.0.7", two, **{"for": "10.0.0.8"})[0] == "10.0.0.8"


def test_nobody_is_believed_where_no_proxy_is_named() -> None:
    none = config(trusted_proxies=[])
    assert seen("127.0.0.1", none, **{"for": "203.0.113.5", "proto": "https"}) == (
        "127.0.0.1",
        "http",
        "127.0.0.1:8000",
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.5:4711", "203.0.113.5"), ("[2001:db8::5]:4711", "2001:db8::5"), ("2001:DB8::5", "2001:db8::5"),
        ("::ffff:203.0.113.5", "203.0.113.5"), ("", "127.0.0.1"), ("unknown", "127.0.0.1"), ("1" * 9000, "127.0.0.1"),
    ],
)  # fmt: skip
def test_an_address_is_read_as_proxies_write_it(text: str, address: str) -> None:
    assert seen("127.0.0.1", **{"for": text})[0] == address


def test_only_our_own_name_is_taken_as_host_and_only_two_schemes() -> None:
    assert seen("127.0.0.1", host="evil.example", proto="javascript") == (
        "127.0.0.1",
        "http",
        "127.0.0.1:8000",
    )


def test_what_is_no_network_is_refused_with_what_to_write() -> None:
    with pytest.raises(ConfigError, match=r"no address or network of a proxy: write 10\.0\.0\.5"):
        config(trusted_proxies=["nginx"])
