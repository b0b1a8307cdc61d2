"""The audit log: lines are added and never changed, settings that change are told by name, and nobody is named."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from peewee import DatabaseError

from engine.audit import ACTS, SERVER, note_settings, write_down
from engine.clock import DAY
from engine.reports.words import catalogue
from engine.store import Store
from models import Act, Setting
from models.append_only import KEPT_DAYS
from tests.web.shopful import NOW

ENGINE = Path(__file__).resolve().parents[1] / "engine"


def test_a_line_can_neither_be_changed_nor_taken_away_while_it_is_young(store: Store) -> None:
    write_down("ola@example.com", "pause", "refill", NOW)
    write_down("ola@example.com", "resume", "refill", NOW + DAY)
    for forged in (Act.update(author="somebody else"), Act.update(at=1), Act.delete()):
        with pytest.raises(DatabaseError, match="append-only"), store.transaction():
            forged.execute()
    assert [act.author for act in Act.select()] == ["ola@example.com"] * 2


def test_lines_go_when_they_are_old_and_only_then(store: Store) -> None:
    for at in (NOW - (KEPT_DAYS + 2) * DAY, NOW - (KEPT_DAYS - 2) * DAY, NOW):
        write_down("ola@example.com", "pause", "refill", at)
    with pytest.raises(DatabaseError, match="append-only"), store.transaction():
        Act.delete().where(Act.at < NOW).execute()
    with store.transaction():
        assert Act.delete().where(Act.at < NOW - KEPT_DAYS * DAY).execute() == 1


def test_changed_settings_are_told_by_name_and_never_by_value(store: Store) -> None:
    settings = {"relay": {"host": None, "password": "very secret"}, "shops": [{"shop": "optyk"}]}
    assert note_settings(settings, b"key", NOW) == []
    assert note_settings(settings, b"key", NOW) == []
    changed = {"relay": {"host": "mail.example", "password": "other secret"}, "shops": [{"shop": "optyk"}]}
    assert note_settings(changed, b"key", NOW) == ["relay.host", "relay.password"]
    line = Act.get()
    assert (line.author, line.act, line.channel) == (SERVER, "settings", "server")
    assert line.detail == {"changed": "relay.host, relay.password"}
    kept = str([row.value for row in Setting.select()]) + str(line.__data__)
    assert "secret" not in kept
    assert "mail.example" not in kept


def test_every_act_that_the_code_writes_is_known_and_has_words() -> None:
    words = catalogue("console").texts["en"]
    assert [act for act in ACTS if f"acts.{act.replace(' ', '_')}" not in words] == []
    found = {word for file in ENGINE.rglob("*.py") for word in acts_in(ast.parse(file.read_text("utf-8")))}
    assert len(found) > 15
    assert not found - {*ACTS}, "name it in ACTS, and in the console's words under acts:"


def acts_in(tree: ast.AST) -> set[str]:
    """The acts that a file writes down word for word."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 1]
    told = [call.args[1] for call in calls if ast.unparse(call.func).endswith("write_down")]
    told += [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "did"
    ]
    return {
        part.value
        for node in told
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
