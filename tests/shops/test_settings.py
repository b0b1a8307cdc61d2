"""How a shop system may be named in config.yaml: its key does not travel in the clear, and a slip is told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config import read_config
from engine.errors import ConfigError
from engine.intake.pulling.asking import NotAnswered, ask

WOO = {"url": "https://optyk.example", "key": "ck_12345678", "secret": "cs_12345678"}


def read(pull: dict[str, Any]) -> Any:
    shop = {
        "shop": "optyk",
        "name": "Optyk",
        "postal": "Optyk, Kraków",
        "sender": {"name": "O", "address": "o@example.com"},
    }
    return read_config({"shops": [shop | {"pull": pull}]}).shops[0].pull


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "http://optyk.example"}, "unencrypted: write https://"), ({"url": "http://10.0.0.5"}, "unencrypted"),
        ({"url": "https://ck:cs@optyk.example"}, "plain address"), ({"url": "https://optyk.example/?a=1"}, "plain address"),
        ({"url": "ftp://optyk.example"}, "pattern"), ({"key": "has space"}, "pattern"), ({"key": "short"}, "at least 8"),
        ({"every_minuts": 5},
         "unknown setting; did you mean 'every_minutes'?"), ({"every_minutes": 0}, "greater than or equal to 1"),
    ],
)  # fmt: skip
def test_what_would_give_a_key_away_or_is_a_slip_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        read({"woocommerce": WOO | changed})
    assert said in str(error.value)
    assert "pull.woocommerce" in str(error.value)


def test_this_machine_may_be_asked_in_the_clear_and_a_slash_at_the_end_is_nothing() -> None:
    assert (
        read({"woocommerce": WOO | {"url": "http://127.0.0.1:8080/sklep/"}}).woocommerce.url
        == "http://127.0.0.1:8080/sklep"
    )
    assert read({"baselinker": {"token": "token-0123456789"}}).baselinker.url.startswith(
        "https://api.baselinker.com/"
    )


def test_nobody_else_is_asked_in_the_clear_whatever_the_settings_say() -> None:
    with pytest.raises(NotAnswered, match="unencrypted"):
        ask("http://optyk.example/", {})
