"""`explain`: what anybody reads who asks why a mail came, or did not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.clock import MINUTE, moment
from engine.config import load_config
from engine.intake.orders import accept_orders
from engine.store import open_store
from models import Shop
from tests.cli.test_keys_and_migrate import CONFIG
from tests.live.test_missed_minutes import NOON

RULES = """
- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}
- {rule: later, when: {ordered: any, after: 3 days}, expires: 1 day, send: plain}
"""
Explain = Callable[..., str]


@pytest.fixture
def explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explain:
    """A home whose rules are in force since noon: Anna ordered before and after that, Borys shares her mailbox."""
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES, "utf-8")
    where = ["--config", str(tmp_path / "config.yaml"), "--rules", str(tmp_path / "rules")]
    where += ["--home", str(tmp_path)]
    assert main(["migrate", "--stepped", "--at", "2026-01-01 12:00", *where]) == 0
    assert main(["tick", *where]) == 0
    _orders(tmp_path, [(1, "anna", NOON - MINUTE), (2, "anna", NOON + MINUTE), (3, "borys", NOON + MINUTE)])
    assert main(["tick", "--at", "2026-01-01 12:01", *where]) == 0

    def explain(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["explain", *words, *where]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return explain


def _orders(home: Path, orders: list[tuple[int, str, int]]) -> None:
    store, config = open_store(f"sqlite:///{home / 'regulars.db'}"), load_config(home / "config.yaml")
    with store.use():
        for number, who, at in orders:
            said = {
                "id": str(number), "placed_at": moment(at).isoformat(), "total": "10",
                "customer": {"id": who, "email": "home@example.com"},
            }  # fmt: skip
            accept_orders(store, config, Shop.get(), [said], max(at, NOON + 1))
    store.close()


def test_an_order_from_before_the_rule_was_in_force_is_said_not_to_be_acted_on(explain: Explain) -> None:
    told = explain("anna", "--rule", "thanks", "--at", "2026-01-01 12:30")
    assert told.count("before the rule was in force in its present wording (1 Jan, 12:00)") == 1
    assert "The order of 1 Jan, 12:01 (order 2) fell due on 1 Jan, 12:01." in told
    assert "yes: It was decided on 1 Jan, 12:01 to send it." in told


def test_what_is_not_due_yet_and_what_will_come_of_it_is_said(explain: Explain) -> None:
    told = explain("anna", "--rule", "later", "--at", "2026-01-02 12:00")
    assert "(order 2) falls due on 4 Jan, 12:01. It is worth sending until 5 Jan, 12:01." in told
    assert "There is no consent to “marketing”, so nothing is sent." in told
    assert "Mails that other rules may send before 2 Jan, 12:00 are not counted here" in told


def test_customers_of_one_mailbox_are_told_apart(explain: Explain) -> None:
    told = explain("home@example.com", "--rule", "later")
    assert "home@example.com (anna), as of 1 January 2026, 12:01" in told
    assert "home@example.com (borys), as of 1 January 2026, 12:01" in told
    assert "(borys)" not in explain("anna", "--rule", "later")


def test_it_is_told_in_polish_and_ukrainian(explain: Explain) -> None:
    polish = explain("anna", "--rule", "thanks", "--lang", "pl")
    assert "Zamówienie z 1 sty, 12:01 (zamówienie 2) – termin przypadł 1 sty, 12:01." in polish
    assert "tak: Decyzja z 1 sty, 12:01: wysłać." in polish
    assert "Рішення 1 січ., 12:01: надіслати." in explain("anna", "--rule", "thanks", "--lang", "uk")


def test_json_has_the_documented_keys_and_the_shops_own_ids(explain: Explain) -> None:
    (found,) = json.loads(explain("anna", "--json"))
    assert sorted(found) == ["at", "customer", "notes", "policy", "rules"]
    assert (found["customer"]["id"], found["at"]) == ("anna", "2026-01-01T11:01:00Z")
    assert [rule["rule"] for rule in found["rules"]] == ["later", "thanks"]
    thanks = found["rules"][1]["anchors"][0]
    assert (thanks["anchor"]["kind"], thanks["anchor"]["order"]) == ("ordered", "2")
    assert (thanks["verdict"]["outcome"], thanks["message"]["state"]) == ("send", "queued")
    assert sorted(found["policy"]) == [
        "address", "caps", "consents", "house_rules", "not_used", "objects_to_profiling", "opens_at", "paused_until", "shut",
        "stopped", "suppressed", "wish",
    ]  # fmt: skip


def test_who_or_what_is_not_there_is_an_error_with_a_remedy(explain: Explain) -> None:
    assert "no customer has the id or address 'nobody'" in explain("nobody", code=2)
    assert "too far away" in explain("anna", "--at", "9999-12-31", code=2)
    assert "did you mean 'thanks'" in explain("anna", "--rule", "thansk", code=2)
