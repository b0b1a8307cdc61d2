"""Whoever changes a mail's state tells of it: no function writes a state past engine/journal.py."""

from __future__ import annotations

import ast

from tests.house.tracked import ROOT

# What they play or make up has not happened, or nobody can have been waiting for it.
SILENT = ("engine/rehearsal/", "engine/demo/", "engine/journal.py", "engine/outbox/enqueue.py")
TELLING = {"move", "moved"}
BULK = {"update"}


def test_every_function_that_writes_a_mails_state_tells_of_it() -> None:
    silent = []
    for file in sorted((ROOT / "engine").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(SILENT):
            continue
        tree = ast.parse(file.read_text("utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        silent += [f"{name}:{one.name}" for one in functions if writes_state(one) and not tells(one)]
    assert [where for where in silent if where not in TOLD_BY_THE_CALLER] == []


TOLD_BY_THE_CALLER = {"engine/outbox/settle.py:write"}  # settle_within and recover tell of the rows


def writes_state(function: ast.FunctionDef) -> bool:
    """Says whether a function updates Message with a `state`, by Peewee or by engine.bulk."""
    return any(_updates(call) for call in ast.walk(function) if isinstance(call, ast.Call))


def _updates(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in BULK:
        return False
    of = ast.unparse(call.func.value)
    if of == "Message":
        said = " ".join(map(ast.unparse, [*call.args, *[keyword.value for keyword in call.keywords]]))
        return any(keyword.arg == "state" for keyword in call.keywords) or said in ("state", "end", "back")
    return of == "bulk" and "Message" in map(ast.unparse, call.args) and any(_columns(call))


def _columns(call: ast.Call) -> list[bool]:
    return [
        "'state'" in ast.unparse(argument) or ast.unparse(argument) == "COLUMNS" for argument in call.args
    ]


def tells(function: ast.FunctionDef) -> bool:
    """Says whether a function calls the journal."""
    called = [call.func for call in ast.walk(function) if isinstance(call, ast.Call)]
    return any((f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "")) in TELLING for f in called)


def test_the_test_would_notice_one_that_does_not() -> None:
    [one] = ast.parse("def stop():\n    Message.update(state='cancelled').where(x).execute()").body
    assert isinstance(one, ast.FunctionDef)
    assert writes_state(one)
    assert not tells(one)
