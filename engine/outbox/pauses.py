"""What an operator has paused: it waits in the queue, unclaimed, until it is resumed or expires."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.prepared import prepared
from models import Message, RuleState, Setting

PREFIX = "paused:"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Pauses:
    """The rules of each shop, and the purposes, that are paused now."""

    rules: frozenset[tuple[int, str]]
    purposes: frozenset[str]  # `all` stands for every one

    def stop(self, shop_id: int, rule: str, purpose: str) -> bool:
        """Says whether a message has to wait."""
        return ALL in self.purposes or purpose in self.purposes or (shop_id, rule) in self.rules

    def let_through(self) -> Any:
        """Returns the condition on messages that nothing paused stops."""
        condition = (
            Message.purpose.not_in(sorted(self.purposes)) if self.purposes else Message.id.is_null(False)
        )
        for shop_id, rule in sorted(self.rules):
            condition &= ~((Message.shop == shop_id) & (Message.rule == rule))
        return condition


def read_pauses() -> Pauses:
    """Reads what is paused."""
    settings = ((name, json.loads(value)) for name, value in _settings())
    return Pauses(
        frozenset((shop, rule) for shop, rule in _states()),
        frozenset(name.removeprefix(PREFIX) for name, value in settings if value),
    )


@prepared
def _states() -> Any:
    return RuleState.select(RuleState.shop, RuleState.rule).where(RuleState.paused == True)  # noqa: E712 - a column


@prepared
def _settings() -> Any:
    return Setting.select(Setting.name, Setting.value).where(Setting.name.startswith(PREFIX))
