"""One thing that somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """One warning: `kind` is broken, braked, refusals, clock, only_to, paused, coupons, relay, orders, overdue, leases,
    endpoint or unknown.

    `what` names the rule, the pool, the endpoint or the machine, `detail` is a rule's error or what a server said,
    `at` since when.
    """

    kind: str
    count: int = 1
    what: str = ""
    detail: str = ""
    at: int | None = None
