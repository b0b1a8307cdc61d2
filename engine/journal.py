"""Every change of a mail's or a rule's state is told once it is committed: a line in the log and a number at /metrics.

A line names our own numbers, the rule and the reason, and never a customer, an address or the relay's words, in which
addresses stand. Rehearsals in memory say nothing: what they play has not happened.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import structlog

from engine.afterwards import after_commit
from engine.tallies import tallies
from models import Message
from models.base import database

log = structlog.get_logger()
CODE = re.compile(r"\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?\b")
WORTH_A_LOOK = ("refused", "unknown")
TOLD = (Message.id, Message.rule, Message.purpose, Message.state, Message.reason)
Key = tuple[str, str, str, str | None, str | None]


def move(condition: Any, **values: Any) -> int:
    """Updates the messages that meet a condition, tells of each, and returns how many they were."""
    rows = list(Message.update(**values).where(condition).returning(*TOLD))
    moved(rows)
    return len(rows)


def moved(rows: Iterable[Any], state: str | None = None, reason: str | None = None) -> None:
    """Tells of messages that have now another state: their own, or the one that is named.

    Inside a transaction it waits for the commit.
    """
    if database.obj.database == ":memory:":
        return
    groups: dict[Key, list[int]] = defaultdict(list)
    for row in rows:
        code = _code(row) if state is None else None
        groups[state or row.state, row.rule, row.purpose, reason if state else row.reason, code].append(
            row.id
        )
    if groups:
        after_commit(lambda: _tell(groups))


def _code(row: Any) -> str | None:
    """Returns the relay's code, and nothing of its words."""
    found = CODE.match(row.reply or "") if row.state in ("sent", "deferred", "refused") else None
    return found[0] if found else None


def _tell(groups: dict[Key, list[int]]) -> None:
    for (state, rule, purpose, reason, code), keys in groups.items():
        more = {name: value for name, value in (("reason", reason), ("code", code)) if value}
        say = log.warning if state in WORTH_A_LOOK else log.info
        say(f"mail {state}", rule=rule, purpose=purpose, count=len(keys), messages=ranges(keys), **more)
        tallies.add("messages", len(keys), state=state, purpose=purpose)
        if state in ("refused", "cancelled", "deferred"):
            tallies.add("stopped", len(keys), state=state, reason=reason or code)


def tell_act(event: str, what: str, channel: str) -> None:
    """Tells what became of a rule or a purpose by somebody's word; who it was stands in the audit log."""
    after_commit(lambda: log.info(event, what=what, channel=channel))
    after_commit(lambda: tallies.add("rule_changes", change=event.rpartition(" ")[2]))


def ranges(keys: Sequence[int]) -> str:
    """Writes numbers in order, neighbours as a stretch: 7,101-104."""
    found: list[list[int]] = []
    for key in sorted(keys):
        if found and found[-1][1] == key - 1:
            found[-1][1] = key
        else:
            found.append([key, key])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in found)
