"""Whether a newsletter has something to say: an issue that nobody wrote is sent to nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from engine.delivery.templates import Templates
from engine.matching.due import Due


def issues_of(templates: Templates) -> Callable[[Due], bool]:
    """Returns a question: has the template of what is due something for its local date? Each is looked up once."""
    known: dict[tuple[str, str], bool] = {}

    def speaks(due: Due) -> bool:
        day = due.values.get("day")
        if day is None:
            return True
        key = due.rule.send, str(day)
        if key not in known:
            known[key] = not templates.has_issues(key[0]) or templates.has_issue(
                key[0], date.fromisoformat(key[1])
            )
        return known[key]

    return speaks
