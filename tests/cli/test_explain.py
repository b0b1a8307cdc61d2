"""`explain`: what anybody reads who asks why a mail came, or did not."""

from __future__ import annotations

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

    def explain(*words: str) -> str:
        capsys.readouterr()
        assert main(["explain", *words, *where]) == 0
        return capsys.readouterr().out

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
    assert "not acted on: it fell due before the rule was in force (2026-01-01 12:00)" in told
    assert told.count("not acted on") == 1
    assert "decided 2026-01-01 12:01 on ordered:2: send" in told


def test_what_is_not_due_yet_and_what_is_too_late_is_said(explain: Explain) -> None:
    assert "before it is due, the rule would say yes" in explain(
        "anna", "--rule", "later", "--at", "2026-01-02 12:00"
    )
    assert "but it is too late" in explain("borys", "--rule", "later", "--at", "2026-01-06 12:00")


def test_customers_of_one_mailbox_are_told_apart(explain: Explain) -> None:
    told = explain("home@example.com", "--rule", "later")
    assert "customer anna\n" in told
    assert "customer borys\n" in told
    assert "customer" not in explain("anna", "--rule", "later")
