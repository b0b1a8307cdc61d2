"""The lock files: everything hashed, no index named, and each lock as new as what it was made from."""

from __future__ import annotations

import re

import pytest

from tests.house.tracked import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
ADDRESS = re.compile(
    r"https?:|file:|--(?:extra-)?index-url|--find-links|--trusted-host|^-[ife]\b", re.MULTILINE
)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_names_no_index(lock: object) -> None:
    assert ADDRESS.findall(lock.read_text()) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_requirement_of_a_lock_is_pinned_and_hashed(lock: object) -> None:
    entries = lock.read_text().replace("\\\n", " ").splitlines()  # type: ignore[attr-defined]
    loose = [line for line in entries if line.strip() and not line.startswith("#") and not whole(line)]
    assert entries
    assert loose == []


def whole(entry: str) -> bool:
    """Says whether an entry pins one version and names at least one SHA-256."""
    return bool(re.match(r"[a-z0-9][a-z0-9._-]*==\S+", entry)) and "--hash=sha256:" in entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_what_is_asked_for_stands_in_the_lock(lock: object) -> None:
    asked = lock.with_suffix(".in").read_text()  # type: ignore[attr-defined]
    names = {plain(line) for line in asked.splitlines() if re.match(r"[A-Za-z]", line)}
    pinned = {plain(line) for line in lock.read_text().splitlines() if "==" in line}  # type: ignore[attr-defined]
    assert names - pinned == set(), "run make lock"


def plain(requirement: str) -> str:
    """Returns a requirement's name as indexes compare it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()
