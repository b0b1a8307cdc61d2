"""What a sender does about pace: it claims what may go now, and learns from what receivers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from engine.config import Config
from engine.config_sending import Pace, may_be_mailed
from engine.config_testing import GROUP
from engine.delivery.workers import EXPRESS
from engine.outbox.away import note_away, note_back
from engine.outbox.claim import claim, let_go, orders_wait
from engine.outbox.domains import GROUPS
from engine.outbox.pace import give_back, slow_down, slow_down_code
from engine.outbox.refusals import pause_refused
from engine.outbox.settle import BY_POLICY, Settled, refusal
from engine.store import Store
from models import Message

log = structlog.get_logger()
ONLY_TO = "only_to"
NOT_NAMED = "config.yaml: only_to does not name this address"


@dataclass(slots=True)
class Pacing:
    """One worker's claims; `groups` says whose mailbox each claimed message goes to."""

    store: Store
    config: Config
    worker: str
    orders_only: bool = False
    testing: bool = (
        False  # then only mails of test mode are claimed, for which there is neither pace nor relay
    )
    groups: dict[int, str] = field(default_factory=dict)
    away: bool | None = None  # whether the relay was when it was tried last

    @property
    def pace(self) -> Pace | None:
        """Returns the configured paces; the catcher, which stands in for a relay, takes any."""
        return self.config.pace if self.config.relay.host and not self.testing else None

    def claim(self, now: int, limit: int) -> list[Message]:
        """Claims what may go now, mail about orders first."""
        among = (GROUP,) if self.testing else GROUPS
        rows = claim(self.store, self.worker, now, limit, self.pace, self.orders_only, among)
        self.groups = {row.id: row.domain_group for row in rows}
        return rows

    def claim_orders(self, now: int, limit: int) -> list[Message]:
        """Claims mail about orders that came while others were being sent."""
        if self.testing or not orders_wait(now):
            return []
        rows = claim(self.store, self.worker, now, limit, self.pace, orders_only=True)
        self.groups |= {row.id: row.domain_group for row in rows}
        return rows

    def let_go(self, now: int, retry_at: int | None = None) -> int:
        """Gives back what was claimed and has not begun, and its room."""
        return let_go(self.store, self.worker, now, retry_at, self.pace)

    def give_back(self, keys: Iterable[int], now: int) -> None:
        """Gives back the room of messages that did not go after all."""
        if self.pace:
            give_back(
                self.store, self.pace, Counter(self.groups[key] for key in keys if key in self.groups), now
            )

    def strangers(self, rows: Sequence[Message]) -> list[tuple[int, str, str]]:
        """Returns which claimed messages `only_to` keeps back, each with the reason; those of test mode reach nobody."""
        named = None if self.testing else self.config.only_to
        return [(row.id, ONLY_TO, NOT_NAMED) for row in rows if not may_be_mailed(row.address.email, named)]

    def learn(self, settled: Sequence[Settled], now: int) -> bool:
        """Slows down where receivers ask for it and pauses rules that they refuse; says whether any was slowed."""
        policy = [
            each.id for each in settled if each.outcome == "refused" and refusal(each.reply) == BY_POLICY
        ]
        pause_refused(self.store, policy, self.config.rules.refusals, now)
        asked = {(self.groups[each.id], code) for each in settled if each.outcome == "deferred"
                 and each.id in self.groups and (code := slow_down_code(each.reply))}  # fmt: skip
        return bool(self.pace and slow_down(self.store, self.pace, asked, now))

    def note(self, away: str | None, now: int) -> None:
        """Writes down whether the relay can be reached, where that has changed or lasts."""
        if self.testing:
            return
        machine = self.worker.rpartition(":")[0].removesuffix(EXPRESS) or self.worker
        if away:
            note_away(self.store, machine, away, now)
        elif self.away is not False:
            note_back(self.store, machine)
            log.info("relay_reached" if self.away is None else "relay_back")
        self.away = bool(away)
