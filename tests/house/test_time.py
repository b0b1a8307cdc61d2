"""Time is an argument: one file asks what time it is, and everybody else is told."""

from __future__ import annotations

import ast

from tests.house.tracked import python_files, relative, tree

ASKING = {
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "datetime.now", "datetime.utcnow", "datetime.today",
    "date.today", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "pendulum.now", "arrow.now", "arrow.utcnow",
}  # fmt: skip
FROM_TIME = {"time", "time_ns", "localtime", "gmtime"}
IN_SQL = ("CURRENT_TIMESTAMP", "CURRENT_DATE", "NOW()", "STRFTIME('NOW", "DATETIME('NOW")
THE_CLOCK = "engine/clock.py"


def test_only_the_clock_reads_the_time() -> None:
    found = []
    for path in python_files("engine", "models", "server.py"):
        if relative(path) != THE_CLOCK:
            found += [
                f"{relative(path)}:{node.lineno}: {ast.unparse(node)[:60]}" for node in reads(tree(path))
            ]
    assert found == []


def reads(module: ast.Module) -> list[ast.expr | ast.stmt]:
    """Returns the places of a module that ask for the time, in Python or in SQL."""
    found: list[ast.expr | ast.stmt] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ASKING:
            found.append(node)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [node] if FROM_TIME & {name.name for name in node.names} else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 2000:
            found += [node] if any(word in node.value.upper() for word in IN_SQL) else []
    return found


def test_a_module_that_asks_in_any_of_these_ways_is_found() -> None:
    for line in (
        "time.time()",
        "datetime.now(UTC)",
        "from time import time",
        "x = 'select NOW()'",
        "date.today()",
    ):
        assert reads(ast.parse(line)), line
    assert not reads(ast.parse("time.monotonic(); from_at = now; from datetime import datetime"))
