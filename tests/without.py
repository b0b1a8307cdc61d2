"""What a run leaves out on purpose, by WITHOUT=browser,postgresql; everything else that cannot start is a failure."""

from __future__ import annotations

import os

KNOWN = {
    "browser": "no test looked at a page in Chromium",
    "postgresql": "no test ran on PostgreSQL, only on SQLite",
}


def left_out() -> set[str]:
    """Returns the names in WITHOUT, split at spaces and commas; raises ValueError at a name that means nothing."""
    names = set(os.environ.get("WITHOUT", "").replace(",", " ").split())
    if unknown := names - KNOWN.keys():
        raise ValueError(
            f"WITHOUT={' '.join(sorted(unknown))} means nothing; write {' or '.join(sorted(KNOWN))}"
        )
    return names


def lines() -> list[str]:
    """Returns one line for each thing left out, to be printed where nobody overlooks it."""
    return [f"LEFT OUT by WITHOUT={name}: {KNOWN[name]}" for name in sorted(left_out())]
