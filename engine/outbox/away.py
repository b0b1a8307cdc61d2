"""Whether a machine's senders can reach the relay: kept in the store, because it is told by others than them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.clock import MINUTE
from engine.outbox.blot import blot
from engine.store import Store
from models import Setting

PREFIX = "relay_away:"
LOOKED_LATELY = (
    10 * MINUTE
)  # while mail waits a sender tries each half minute; who has not tried knows nothing


@dataclass(frozen=True, slots=True)
class Away:
    """A relay that one machine cannot reach: since when, and what is said."""

    machine: str
    since_at: int
    why: str


def note_away(store: Store, machine: str, why: str, now: int) -> None:
    """Writes down that the relay cannot be reached from a machine."""
    name = PREFIX + machine
    with store.transaction():
        known = Setting.get_or_none(Setting.name == name)
        since = known.value["since_at"] if known else now
        Setting.delete().where(Setting.name == name).execute()
        Setting.create(name=name, value={"since_at": since, "seen_at": now, "why": blot(why)})


def note_back(store: Store, machine: str) -> None:
    """Writes down that it can be reached again."""
    if Setting.select().where(Setting.name == PREFIX + machine).exists():
        with store.transaction():
            Setting.delete().where(Setting.name == PREFIX + machine).execute()


def away_now(now: int) -> Iterator[Away]:
    """Yields the machines whose senders lately found the relay away."""
    for row in Setting.select().where(Setting.name.startswith(PREFIX)).order_by(Setting.name):
        if now - row.value["seen_at"] < LOOKED_LATELY:
            yield Away(row.name.removeprefix(PREFIX), row.value["since_at"], row.value["why"])
