"""`coupons`: an operator fills a pool, sees how many codes are left, and hands the issued ones to the shop."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.loyalty.coupons import Wanted, issue, last_day
from engine.store import open_store
from models import Message, Shop
from tests.cli.test_variants import CONFIG
from tests.outbox.shop import NOON, Optician

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, "utf-8")

    def run(*words: str) -> tuple[int, str]:
        code = main([*words, "--config", str(config), "--home", str(tmp_path / "home")])
        return code, capsys.readouterr().out

    run("migrate")
    return run


def test_a_pool_is_filled_from_a_file_and_counted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("SPRING-1\nSPRING-2\n\ntwo words\n", "utf-8")
    code, said = run("coupons", "add", "spring", str(file))
    assert (code, said.splitlines()[0]) == (1, "2 added to spring, 0 known already; 2 left")
    assert "'two words'" in said
    code, said = run("coupons", "add", "spring", str(file), "--json")
    assert json.loads(said) == {"added": 0, "known": 2, "wrong": ["two words"], "left": 2}
    assert run("coupons", "pools") == (0, "spring  2 left  0 issued\n")


def test_the_issued_codes_are_listed_as_csv(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("SPRING-1\n", "utf-8")
    run("coupons", "add", "spring", str(file))
    store = open_store(f"sqlite:///{tmp_path / 'home' / 'regulars.db'}")
    with store.use():
        optician = object.__new__(Optician)
        optician.store, optician.shop = store, Shop.get()
        (key,) = optician.queue_for("Anna")
        row = Message.get_by_id(key)
        wanted = Wanted(key, row.token, row.shop_id, row.customer_id, "win-back", 15,
                        last_day(NOON, 14, "days", "Europe/Warsaw"), "Europe/Warsaw", "spring")  # fmt: skip
        issue(store, [wanted], b"the key of a home", NOON)
    store.close()
    code, said = run("coupons", "list", "--csv")
    (listed,) = csv.DictReader(io.StringIO(said))
    assert (code, listed["code"], listed["percent"], listed["pool"]) == (0, "SPRING-1", "15", "spring")
    assert (listed["valid_until"], listed["expires_at"]) == ("2026-03-15", "2026-03-15T23:00:00Z")
    assert run("coupons", "pools")[1] == "spring  0 left  1 issued\n"


def test_what_cannot_be_a_pool_or_a_code_is_told_and_not_a_traceback(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_bytes("SPRING-1\nżółw\n".encode("cp1250"))
    assert run("coupons", "add", "two words", str(file))[0] == 2
    code, said = run("coupons", "add", "spring", str(file))
    assert (code, said.splitlines()[0]) == (1, "1 added to spring, 0 known already; 1 left")
    assert run("coupons", "add", "spring")[0] == 2
