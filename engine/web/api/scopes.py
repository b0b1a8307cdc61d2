"""What an API key may do: one word for each resource that it may send or read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from engine.errors import UsageError
from engine.rulebook.nearest import meant
from engine.web.api.problems import Problem

SENT = ("orders", "customers", "products", "events", "consents", "refunds")
READ = (*SENT, "coupons", "messages")
WRITES = tuple(f"{resource}:write" for resource in SENT)
READS = tuple(f"{resource}:read" for resource in READ)
SCOPES = (*WRITES, *READS)
# What a key can do that was made without scopes, as all keys once were: it sends, and reads the coupons it must honour.
USUAL = (*WRITES, "coupons:read")
GROUPS = {"usual": USUAL, "write": WRITES, "read": READS, "all": SCOPES}


class Scoped(Protocol):
    """Whoever calls, with what the key may do."""

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the key."""


def granted(kept: Iterable[str]) -> frozenset[str]:
    """Returns what a key may do whose row says this; a row that says nothing is of before there were scopes."""
    return frozenset(kept) or frozenset(USUAL)


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the scopes that somebody named, in our order: single ones and the groups `usual`, `write`, `read`, `all`.

    No names mean `usual`. A group is taken apart now, so that a key never can more tomorrow than it was made for.
    Raises UsageError with the nearest known word.
    """
    wanted: set[str] = set()
    for name in names or ("usual",):
        wanted.update(GROUPS.get(name) or (name,))
    for name in sorted(wanted.difference(SCOPES)):
        known = f"known: {', '.join(SCOPES)}; or several in one word: {', '.join(GROUPS)}"
        raise UsageError(f"no scope is called {name!r}{meant(name, [*SCOPES, *GROUPS])}", remedy=known)
    return tuple(scope for scope in SCOPES if scope in wanted)


def demand(caller: Scoped, scope: str) -> None:
    """Raises a 403 problem that names the scope and the remedy where the caller's key may not do this."""
    if scope in caller.scopes:
        return
    raise Problem(
        403,
        f"this key may not do that: it lacks the scope {scope}; "
        f"make one that has it: server.py keys create --scope {scope}",
        headers={"WWW-Authenticate": f'Bearer realm="regulars", error="insufficient_scope", scope="{scope}"'},
    )
