"""config.yaml is read strictly: whatever is wrong names its line, and a word that was nearly right its neighbour."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import load_config
from engine.errors import ConfigError

SHOP = """shops:
  - shop: optica
    name: Optica
    sender: {name: Optica, address: sklep@optica.pl}
    postal: Optica, ul. Długa 1, 31-146 Kraków
"""
WRONG = [
    (SHOP + "databse: x\n", ":6:1: databse: unknown setting; did you mean 'database'?"),
    (SHOP + "    curency: EUR\n", ":6:5: shops.0.curency: unknown setting; did you mean 'currency'?"),
    (SHOP + "relay: {hots: smtp.example}\n", ":6:9: relay.hots: unknown setting; did you mean 'host'?"),
    (SHOP + "xyzzy: 1\n", ":6:1: xyzzy: unknown setting"),
    (SHOP + "rates: {EUR: -4}\n", ":6:9: rates.EUR: Input should be greater than 0"),
    (SHOP + "rates: {EUR: 0}\n", ":6:9: rates.EUR: Input should be greater than 0"),
    (SHOP + "    timezone: Mars/Base\n", ":6:5: shops.0.timezone: unknown time zone 'Mars/Base'"),
    (SHOP + "shops: []\n", ':6:1: this is not YAML: found duplicate key "shops"'),
    ("shops: [\n", ":2:1: this is not YAML: expected the node content, but found '<stream end>'"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=lambda value: value[-40:])
def test_what_is_wrong_is_told_in_one_line_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    assert str(refused.value) == f"{file}{said}"
