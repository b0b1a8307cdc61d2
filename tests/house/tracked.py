"""What git would ship: the files that the checks of the house look at."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Definition = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache
def files() -> tuple[Path, ...]:
    """Returns every file that is tracked, or new and not ignored, and still there."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        found = {ROOT / name for name in names if name}
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, or a machine without git
        found = {
            path
            for path in ROOT.rglob("*")
            if not {".venv", "var", ".git"} & set(path.relative_to(ROOT).parts)
        }
    return tuple(sorted(path for path in found if path.is_file()))


def python_files(*folders: str) -> list[Path]:
    """Returns the Python files, all of them or those of the named folders."""
    return [
        path
        for path in files()
        if path.suffix == ".py" and (not folders or relative(path).split("/")[0] in folders)
    ]


def relative(path: Path) -> str:
    """Returns a file's name as one would type it at the root."""
    return path.relative_to(ROOT).as_posix()


@lru_cache
def tree(path: Path) -> ast.Module:
    """Returns a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), relative(path))


def functions(path: Path) -> Iterator[Definition]:
    """Returns every function and method of a file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Definition))
