"""`keys`: scopes, new secrets, test mode, and what the list says of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.web.api.scopes import SCOPES, USUAL
from tests.cli.test_keys_and_migrate import CONFIG

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a home of its own that has its tables."""
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, "utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--config", str(config), "--home", str(tmp_path / "home")])
        told = capsys.readouterr()
        return code, told.out.strip(), told.err.strip()

    run("migrate")
    return run


def listed(run: Run) -> list[dict[str, object]]:
    return json.loads(run("keys", "list", "--json")[1])  # type: ignore[no-any-return]


def test_a_key_is_made_for_what_was_named(run: Run) -> None:
    run(
        "keys", "create", "--name", "till", "--scope", "orders:write", "--scope", "orders:read,customers:read"
    )
    run("keys", "create", "--name", "plugin")
    run("keys", "create", "--name", "warehouse", "--scope", "all", "--items", "500")
    till, plugin, warehouse = listed(run)
    assert till["scopes"] == ["customers:read", "orders:read", "orders:write"]
    assert plugin["scopes"] == sorted(USUAL)
    assert (warehouse["scopes"], warehouse["items"], warehouse["requests"]) == (sorted(SCOPES), 500, None)
    words = run("keys", "list")[1].splitlines()
    assert [line.rpartition("  may ")[2] for line in words] == [
        "customers:read orders:read orders:write",
        "usual",
        "all",
    ]
    code, _, complaint = run("keys", "create", "--scope", "order:write")
    assert (code, "did you mean 'orders:write'?" in complaint) == (2, True)


def test_a_new_secret_leaves_the_old_one_its_overlap(run: Run) -> None:
    first = run("keys", "create", "--name", "till")[1]
    code, second, _ = run("keys", "rotate", "till", "--overlap", "2h")
    assert (code, second[:3], second != first) == (0, "rk_", True)
    old, new = listed(run)
    assert (old["works"], new["works"], new["expires_at"], old["family"]) == (True, True, None, new["family"])
    assert str(old["expires_at"]) > str(old["created_at"])
    assert "works until" in run("keys", "list")[1]
    assert run("keys", "revoke", "till")[0] == 0
    assert [key["works"] for key in listed(run)] == [False, False]


@pytest.mark.parametrize("words", [
    ("rotate",), ("rotate", "nobody"), ("rotate", "twice"), ("rotate", "till", "--overlap", "soon"),
    ("rotate", "till", "--overlap", "91d"), ("revoke", "twice"), ("create", "--items", "0"), ("empty",),
])  # fmt: skip
def test_what_cannot_be_done_is_said_with_what_to_do(run: Run, words: tuple[str, ...]) -> None:
    for name in ("till", "twice", "twice"):
        run("keys", "create", "--name", name)
    code, _, complaint = run("keys", *words)
    assert (code, complaint.startswith("error: "), ";" in complaint) == (2, True, True)
    assert all(key["works"] for key in listed(run))


def test_a_test_key_is_one_by_its_looks_and_has_a_shop_of_its_own(run: Run) -> None:
    made = json.loads(run("keys", "create", "--test", "--name", "trial", "--json")[1])
    assert (made["key"][:8], made["shop"], made["test"]) == ("rk_test_", "optica.test", True)
    (key,) = listed(run)
    assert (key["prefix"], key["test"]) == (made["key"][:16], True)
    assert "TEST" in run("keys", "list")[1]
    assert run("keys", "rotate", made["key"][:16])[1].startswith("rk_test_")
    assert run("keys", "empty")[1] == "emptied optica.test: nothing was there"
    assert len(listed(run)) == 2
