"""Docstrings that promise something, links that lead somewhere, nothing of anybody's machine."""

from __future__ import annotations

import ast
import re
from urllib.parse import unquote

import pytest

from tests.house.tracked import ROOT, files, functions, python_files, relative, tree

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
# Written in pieces, so that this file does not find itself.
MACHINE = ("/work" + "/main", "/work" + "/shared", "/root" + "/", "/tmp" + "/brief")
HOSTS = ("files.python" + "hosted.org", "pypi" + ".org", "registry.npm" + "js.org", "deb.debian" + ".org")


@pytest.mark.parametrize("words", [MACHINE, HOSTS], ids=["paths of a machine", "hosts of a registry"])
def test_no_tracked_file_names(words: tuple[str, ...]) -> None:
    found = []
    for path in files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{relative(path)} names {word}" for word in words if word in text]
    assert found == []


def test_every_public_module_class_and_function_of_the_engine_has_a_docstring() -> None:
    missing = []
    for path in python_files("engine", "models"):
        if not ast.get_docstring(tree(path)) and path.read_text(encoding="utf-8").strip():
            missing.append(relative(path))
        missing += [
            f"{relative(path)}:{node.lineno}: {node.name}" for node in public(path) if not documented(node)
        ]
    assert missing == []


def public(path: object) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Returns the public classes and functions of a module and the public methods of its public classes."""
    found = []
    for node in tree(path).body:  # type: ignore[arg-type]
        if isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and not node.name.startswith("_"):
            found.append(node)
            inner = node.body if isinstance(node, ast.ClassDef) else []
            found += [at for at in inner if isinstance(at, ast.FunctionDef) and not at.name.startswith("_")]
    return found


def documented(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Says whether a definition has a docstring, or is one that need not: a setter, an overload, an override."""
    names = {ast.unparse(decorator).split(".")[-1].split("(")[0] for decorator in node.decorator_list}
    return bool(ast.get_docstring(node)) or bool(names & {"setter", "overload", "override"})


def test_every_link_in_the_docs_leads_to_a_file() -> None:
    broken = []
    for path in (path for path in files() if path.suffix == ".md"):
        for first, second in LINK.findall(path.read_text(encoding="utf-8")):
            target = unquote((first or second).split("#")[0])
            if not target or re.match(r"[a-z]+:", target):
                continue
            place = ROOT / target.lstrip("/") if target.startswith("/") else path.parent / target
            if not place.exists():
                broken.append(f"{relative(path)}: {target}")
    assert broken == []


def test_nothing_is_left_for_later_or_skipped_without_a_reason() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|raise NotImplemented" + r"Error)\b")
    found = []
    for path in python_files():
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [
            f"{relative(path)}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if later.search(line)
        ]
        found += [
            f"{relative(path)}:{node.lineno}: bare except" for node in ast.walk(tree(path)) if bare(node)
        ]
        found += [
            f"{relative(path)}:{at.lineno}: skip without a reason" for at in functions(path) if skipped(at)
        ]
    assert found == []


def bare(node: ast.AST) -> bool:
    """Says whether a node is an except that names no error."""
    return isinstance(node, ast.ExceptHandler) and node.type is None


def skipped(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Says whether a test is skipped or expected to fail and does not say why."""
    marks = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(re.search(r"mark\.(skip|skipif|xfail)\b", mark) and "reason=" not in mark for mark in marks)
