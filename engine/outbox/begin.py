"""The last question before a mail leaves, asked under the lock that withdrawals, suppressions and erasures take.

Whatever was committed before this transaction stops the mail; whatever comes after finds it `sending`, and `sending` is
committed before the first byte of the mail leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.clock import HOUR, MINUTE, SECOND
from engine.consent.locking import lock_addresses
from engine.consent.standing import NOTHING_SAID, Standing, standings
from engine.failpoint import failpoint
from engine.journal import moved
from engine.outbox.claim import TRANSACTIONAL
from engine.outbox.pauses import Pauses, read_pauses
from engine.outbox.rows import among, locked_of
from engine.outbox.tell import tell
from engine.prepared import prepared
from engine.store import Store
from models import Address, Customer, Line, Message, Order, RuleState

AT_MOST = 20  # what a crash can make `unknown`
SENDING_LEASE = 15 * MINUTE  # longer than a relay may take to answer the end of the data
LATE = HOUR
ABOUT_THE_VOID = (
    "cancelled",
    "refunded",
)  # anchors whose order counts as never having happened, by their nature

NotNow = Callable[[Message], "int | None"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed message with what is written down of it before it leaves."""

    id: int
    subject: str
    message_id: str


@dataclass(slots=True)
class Asked:
    """What came of asking again: who goes, and why the others do not."""

    go: list[int] = field(default_factory=list)
    stopped: dict[int, tuple[str, str]] = field(default_factory=dict)  # id -> (state, reason)
    later: dict[int, int] = field(default_factory=dict)  # id -> not before


def begin_sending(
    store: Store, worker: str, batch: Sequence[Prepared], now: int, not_now: NotNow = lambda _: None
) -> Asked:
    """Asks again of at most 20 claimed messages and marks those that may go `sending`, in one commit.

    `not_now` returns when quiet hours or a closed day end, or caps have room, for a message that comes more than an hour
    after its decision, or None where it may go. Messages that are no longer the worker's are left out silently.
    """
    with store.transaction():
        return begin_within(store, worker, batch, now, not_now)


def begin_within(
    store: Store, worker: str, batch: Sequence[Prepared], now: int, not_now: NotNow = lambda _: None
) -> Asked:
    """Does the same in the caller's transaction."""
    if len(batch) > AT_MOST:
        raise ValueError(f"{len(batch)} messages at once, more than {AT_MOST}")
    bulk.lock_act(store, bulk.PAUSING, bulk.SHARED)  # a pause waits for us, or we see it
    rows = _locked(store, worker, [prepared.id for prepared in batch])
    asked = _ask(rows, now, not_now)
    _write(store, rows, {prepared.id: prepared for prepared in batch}, asked, now)
    return asked


def _locked(store: Store, worker: str, keys: Sequence[int]) -> list[Message]:
    """Locks the addresses first, in order, and reads the messages afterwards, as they are then."""
    addresses = {row[0] for row in bulk.fetch(store, Message, ("address_id",), "id", keys)}
    lock_addresses(store, addresses)
    return locked_of(worker, keys)


def _ask(rows: Sequence[Message], now: int, not_now: NotNow) -> Asked:
    standing, pauses, asked = _Standing(rows, now), read_pauses(), Asked()
    late_to: set[int] = set()  # whose caps have been asked in this batch already, and not counted yet
    for row in rows:
        reason = standing.against(row)
        wait_until = _wait(row, standing.said(row), pauses, not_now, now)
        if reason:
            asked.stopped[row.id] = ("cancelled", reason)
        elif now > row.expires_at:
            asked.stopped[row.id] = ("expired", "expired")
        elif wait_until is not None:
            asked.later[row.id] = wait_until
        elif row.address_id in late_to and is_late(row, now):
            asked.later[row.id] = now + MINUTE
        else:
            asked.go.append(row.id)
            late_to |= {row.address_id} if is_late(row, now) else set()
    return asked


def is_late(row: Message, now: int) -> bool:
    """Says whether a mail that caps count comes more than an hour after it was decided."""
    return row.purpose != TRANSACTIONAL and now - row.decided_at > LATE


def _wait(row: Message, said: Standing, pauses: Pauses, not_now: NotNow, now: int) -> int | None:
    if pauses.stop(row.shop_id, row.rule, row.purpose):
        return now  # nobody claims it until it is resumed, and then it goes at once
    if row.purpose == TRANSACTIONAL:
        return None
    if said.paused_until_at is not None:
        return said.paused_until_at
    return not_now(row) if is_late(row, now) else None


class _Standing:
    """What has become, since the decision, of those whom some messages concern."""

    def __init__(self, rows: Sequence[Message], now: int) -> None:
        addresses = sorted({row.address_id for row in rows})
        customers = sorted({row.customer_id for row in rows})
        self.suppressed, self.erased = _suppressed(addresses), _erased(customers)
        self.words = standings(customers, now)
        self.off = set(_off(sorted({row.rule for row in rows}))) if rows else set()
        orders = sorted({a["order_id"] for row in rows for a in row.anchors if a.get("order_id")})
        self.void_orders = _void_orders(orders)
        self.void_lines = set(_void_lines(orders)) if orders else set()

    def said(self, row: Message) -> Standing:
        """Returns what the customer of a message has said of mails until now."""
        return self.words.get(row.customer_id, NOTHING_SAID)

    def against(self, row: Message) -> str | None:
        """Returns why a message may not go at all any more, or None."""
        if row.address_id in self.suppressed:
            return "suppressed"
        if row.customer_id in self.erased:
            return "erased"
        if row.purpose != TRANSACTIONAL and not self._wanted(row):
            return "no_consent"
        if (row.shop_id, row.rule) in self.off:
            return "rule_off"
        return "cancelled" if row.anchors and all(map(self._void, row.anchors)) else None

    def _wanted(self, row: Message) -> bool:
        said = self.said(row)
        agreed = said.agrees(row.purpose, [anchor.get("kind") for anchor in row.anchors])
        return agreed and row.rule not in said.stopped

    def _void(self, anchor: Mapping[str, Any]) -> bool:
        if anchor.get("kind") in ABOUT_THE_VOID:
            return False
        order = anchor.get("order_id")
        return order in self.void_orders or (order, anchor.get("product")) in self.void_lines


_suppressed = among(lambda: Address.suppressed_at.is_null(False), Address)
_erased = among(lambda: Customer.erased_at.is_null(False), Customer)
_void_orders = among(lambda: Order.void_at.is_null(False), Order)


@prepared
def _void_lines(orders: Any) -> Any:
    return Line.select(Line.order, Line.product).where(Line.order.in_(orders), Line.void_at.is_null(False))


@prepared
def _off(rules: Any) -> Any:
    off = RuleState.active == False  # noqa: E712 - a column
    return RuleState.select(RuleState.shop, RuleState.rule).where(RuleState.rule.in_(rules), off)


def _write(
    store: Store, rows: Iterable[Message], prepared: Mapping[int, Prepared], asked: Asked, now: int
) -> None:
    lease, before = now + SENDING_LEASE, {row.id: row for row in rows}
    bulk.update(store, Message, (
        "state", "sending_at", "tried_at", "lease_until_at", "attempts", "subject", "message_id", "counted_at",
    ), [
        ("sending", now, before[key].tried_at or now, lease, before[key].attempts + 1, prepared[key].subject,
         prepared[key].message_id, now if is_late(before[key], now) else before[key].counted_at, key) for key in asked.go
    ])  # fmt: skip
    bulk.update(store, Message, ("state", "reason", "settled_at", "claimed_by", "lease_until_at"), [
        (state, reason, now, None, None, key) for key, (state, reason) in asked.stopped.items()
    ])  # fmt: skip
    bulk.update(store, Message, ("state", "not_before_at", "claimed_by", "lease_until_at"), [
        ("queued", max(until, now + SECOND), None, None, key) for key, until in asked.later.items()
    ])  # fmt: skip
    moved([before[key] for key in asked.go], "sending")
    for key, (state, reason) in asked.stopped.items():
        moved([before[key]], state, reason)
    moved([before[key] for key in asked.later], "queued", "waits")
    if asked.stopped:
        tell(store, Message.select().where(Message.id << sorted(asked.stopped)), now)
    failpoint("sending.written")
