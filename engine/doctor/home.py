"""The home's folder, its secret and its disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.doctor.finding import Finding, ok

LOW, VERY_LOW = 2_000_000_000, 200_000_000  # bytes


def home(path: Path) -> Iterator[Finding]:
    """Looks at the folder, who may read its secret, and how much room is left."""
    yield from _secret(path / "secret.key")
    yield from _room(path)


def _secret(file: Path) -> Iterator[Finding]:
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding("problem", "home", f"others may read {file} ({mode:o})", f"chmod 600 {file}")
    elif not os.access(file.parent, os.W_OK):
        yield Finding(
            "problem", "home", f"{file.parent} cannot be written", "give it to the user who runs Regulars"
        )
    else:
        yield ok("home", f"{file.parent} may be written, and its secret is its owner's alone")


def _room(path: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(path).free
    said = f"{free / 1e9:.1f} GB free"
    if free < VERY_LOW:
        yield Finding("problem", "disk", said, "make room: a full disk stops orders and mail")
    elif free < LOW:
        yield Finding("warning", "disk", said, "make room before it is full")
    else:
        yield ok("disk", said)
