"""The headers in which each answer to a key tells of its limits."""

from __future__ import annotations

from typing import Any

from engine.web.api.described.refusals import header

TOLD = {
    "RateLimit-Policy": header('what the key may send in a minute: `"requests";q=600000;w=60, "items";q=6000000;w=60`'),
    "RateLimit": header("what is left of each (`r`), and in how many seconds all of it is back (`t`)"),
}  # fmt: skip
ANSWERED = ("200", "201", "304", "429")


def with_limits(paths: dict[str, Any]) -> dict[str, Any]:
    """Returns the paths with these headers at every answer to whoever has a key."""
    for acts in paths.values():
        for act in acts.values():
            for status in ANSWERED if act.get("security") else ():
                told = act["responses"].get(status)
                if told is not None:
                    told["headers"] = told.get("headers", {}) | TOLD
    return paths
