"""What proofs have counted: one line each when they are run, one file each for `make prove`, which makes the tables."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = (
    "REGULARS_FIGURES"  # the environment variable that names where figures are kept; set by bench/prove.py
)
Counted = Mapping[str, int | str]


def told(proof: str, counted: Counted) -> str:
    """Says in one line what was counted."""
    return f"{proof}: " + ", ".join(f"{_words(name)} {_number(value)}" for name, value in counted.items())


def keep(proof: str, counted: Counted) -> None:
    """Writes what was counted where the caller of the tests wants it; does nothing where nobody does."""
    folder = os.environ.get(FOLDER)
    if folder:
        name = re.sub(r"[^a-z0-9]+", "-", proof.lower()).strip("-")
        text = json.dumps({"proof": proof, "counted": dict(counted)})
        (Path(folder) / f"{name}.json").write_text(text, "utf-8")


def tables(folder: Path) -> str:
    """Makes one table in Markdown of all proofs that counted the same things, in the order in which they ended."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    groups: dict[tuple[str, ...], list[tuple[str, Counted]]] = {}
    for file in files:
        kept = json.loads(file.read_text("utf-8"))
        groups.setdefault(tuple(kept["counted"]), []).append((kept["proof"], kept["counted"]))
    return "\n\n".join(_table(names, rows) for names, rows in groups.items())


def _table(names: tuple[str, ...], rows: list[tuple[str, Counted]]) -> str:
    head = f"| proof | {' | '.join(map(_words, names))} |"
    line = f"|---|{'---:|' * len(names)}"
    return "\n".join(
        [head, line, *(f"| {p} | {' | '.join(_number(c[n]) for n in names)} |" for p, c in rows)]
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value
