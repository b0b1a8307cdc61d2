"""Each named place of a crash stands in the code once, and nothing but the proofs arms one."""

from __future__ import annotations

import ast
from collections import Counter

from engine.failpoint import NAMES, VARIABLE
from tests.house.tracked import ROOT, python_files, relative, tree


def test_each_failpoint_stands_in_the_code_and_has_a_known_name() -> None:
    found = Counter(
        node.args[0].value
        for path in python_files("engine", "models", "server.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoint"
        and isinstance(node.args[0], ast.Constant)
    )  # fmt: skip
    # `serve` and `migrate` both bring a home up to date; orders come to our API and from a shop system's webhook.
    twice = {"migrate.step", "intake.committed"}
    assert set(found) == set(NAMES), "engine/failpoint.py names them; tests/promise/crashes dies at each"
    assert {name for name, times in found.items() if times > 1} <= twice


def test_nothing_but_the_proofs_names_the_variable_that_arms_them() -> None:
    naming = [relative(path) for path in python_files() if VARIABLE in path.read_text("utf-8")]
    assert [name for name in naming if not name.startswith("tests/promise/")] == ["engine/failpoint.py"]


def test_the_page_of_the_promise_says_what_is_left_at_each_place() -> None:
    page = (ROOT / "docs/promise.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in page] == []
