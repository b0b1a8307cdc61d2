"""`server.py preview` says whom a rule will concern and what an edit changes, and writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFILL = "- {rule: refill, title: Time again, when: {bought: any, after: 20 days}, send: plain}\n"
ORDERS = """order_id,placed_at,customer_id,email,first_name,product,category,quantity,price
1,2026-01-01 12:00,anna,anna@example.com,Anna,A,lenses,1,60
2,2026-01-10 12:00,borys,borys@example.com,Borys,B,lenses,1,60
3,2025-11-01 12:00,celina,celina@example.com,Celina,B,lenses,1,60
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose clock shows 15 January, with three customers' history and one published rule."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "refill.yaml").write_text(REFILL, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    for words in ("migrate --stepped --at 2026-01-15T12:00", f"import {tmp_path / 'orders.csv'}", "tick"):
        assert call(tmp_path, *words.split()).returncode == 0
    return tmp_path


def call(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    places = ["--home", str(home / "var"), "--rules", str(home / "rules")]
    return subprocess.run(
        [sys.executable, "server.py", *words, *places], cwd=ROOT, capture_output=True, text=True, check=False
    )


def previewed(home: Path, *words: str) -> dict[str, Any]:
    done = call(home, "preview", "refill", "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[0]  # type: ignore[no-any-return]


def test_it_counts_who_falls_due_today_and_in_seven_and_thirty_days(home: Path) -> None:
    found = previewed(home)
    assert [found["due"][span]["customers"] for span in ("today", "7 days", "30 days")] == [0, 1, 2]
    assert found["first"] == [
        {"customer": "anna", "due": "2026-01-21 12:00"}, {"customer": "borys", "due": "2026-01-30 12:00"},
    ]  # fmt: skip
    assert found["mails"][0]["subject"] == "Time again"


def test_it_says_whom_an_edit_gains_and_loses(home: Path) -> None:
    (home / "rules" / "refill.yaml").write_text(
        REFILL.replace("bought: any", "bought: {product: B}"), "utf-8"
    )
    change = previewed(home)["against_published"]
    assert (change["change"], change["gained"], change["lost"]) == ("changed", 0, 1)
    assert change["first_lost"] == ["anna@example.com"]


def test_it_writes_nothing(home: Path) -> None:
    before = (home / "var" / "regulars.db").read_bytes()
    (home / "rules" / "refill.yaml").write_text(REFILL.replace("20", "21"), "utf-8")
    previewed(home)
    assert (home / "var" / "regulars.db").read_bytes() == before


def test_an_unknown_rule_is_named_with_the_nearest_one(home: Path) -> None:
    done = call(home, "preview", "refil")
    assert done.returncode == 2
    assert "did you mean 'refill'" in done.stderr
