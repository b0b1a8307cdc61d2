"""What the relay said becomes the message's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine import bulk
from engine.clock import HOUR, MINUTE
from engine.consent.bounce_kinds import bounce_kind
from engine.failpoint import failpoint
from engine.journal import move, moved
from engine.notices import note_sent
from engine.outbox.begin import LATE
from engine.outbox.claim import TRANSACTIONAL
from engine.outbox.rows import locked
from engine.outbox.tell import tell
from engine.store import Store
from models import Message

# `later` is put off without having been offered to a relay
Outcome = Literal["sent", "deferred", "refused", "unknown", "later"]

# The first and the longest wait: a thank-you that a greylist put off must not come hours later.
ORDER_WAITS, OTHER_WAITS = (MINUTE, HOUR), (5 * MINUTE, 6 * HOUR)
UNOFFERED_WAIT = MINUTE  # until the pace that was halved has room again
GIVE_UP_AFTER = 48 * HOUR
BY_POLICY = "refused_by_policy"  # it is about the sender, and a rule of which many are refused so is paused
UNKNOWN_ATTEMPTS = 3  # how often a transactional mail may end unknown before nobody tries again
LONGEST_REPLY = 500
COLUMNS = (
    "state", "reason", "reply", "settled_at", "counted_at", "not_before_at", "claimed_by", "lease_until_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """One message's outcome in the relay's own words."""

    id: int
    outcome: Outcome
    reply: str
    reason: str | None = None  # of what was refused before a relay was asked


def settle(store: Store, worker: str, settled: Sequence[Settled], now: int) -> None:
    """Writes the outcomes of messages that the worker was sending, in one commit.

    A message that somebody has meanwhile given up as unknown is still known to be `sent` when the relay said so.
    """
    with store.transaction():
        settle_within(store, worker, settled, now)


def settle_within(store: Store, worker: str, settled: Sequence[Settled], now: int) -> None:
    """Does the same in the caller's transaction."""
    by_key = {each.id: each for each in settled}
    if not by_key:
        return
    rows = locked(by_key)
    before = {row.id: row.state for row in rows}
    for row in rows:
        _settle(row, by_key[row.id], worker, now)
    write(store, rows)
    unoffered = [(row.attempts, row.id) for row in rows if by_key[row.id].outcome == "later"]
    bulk.update(store, Message, ("attempts",), unoffered)
    tell(store, rows, now)
    note_sent(store, [row for row in rows if row.state == "sent" != before[row.id]], now)
    moved([row for row in rows if row.state != before[row.id]])
    failpoint("settle.written")


def _settle(row: Any, settled: Settled, worker: str, now: int) -> None:
    mine = row.state == "sending" and row.claimed_by == worker
    if not mine and not (
        settled.outcome == "sent" and row.state in ("sending", "unknown", "queued", "claimed")
    ):
        return
    row.reply, row.claimed_by, row.lease_until_at = keepable(settled.reply), None, None
    if settled.outcome == "sent":
        _finish(row, "sent", None, now)
    elif settled.outcome == "refused":
        _finish(row, "refused", settled.reason or refusal(settled.reply), now)
    elif settled.outcome == "unknown":
        become_unknown(row, now)
    else:
        _defer(row, now, offered=settled.outcome == "deferred")


def refusal(reply: str) -> str:
    """Returns the reason that a relay's refusal for good gives: `hard_bounce`, `refused_by_policy` or `refused_by_relay`."""
    kind = bounce_kind(None, reply)
    return {"hard": "hard_bounce", "policy": BY_POLICY}.get(kind, "refused_by_relay")


def keepable(reply: str) -> str:
    """Returns what a database takes of a reply: some relays answer in bytes of no alphabet, and NUL among them."""
    text = reply[:LONGEST_REPLY].encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def write(store: Store, rows: Sequence[Any]) -> None:
    """Writes what has changed of messages that the caller's transaction has locked."""
    bulk.update(
        store, Message, COLUMNS, [(*(getattr(row, name) for name in COLUMNS), row.id) for row in rows]
    )


def _finish(row: Any, state: str, reason: str | None, now: int) -> None:
    row.state, row.reason, row.settled_at = state, reason, now
    if state in ("sent", "unknown") and now - row.decided_at > LATE:
        row.counted_at = now  # caps count from the hand-over where that came late


def _defer(row: Any, now: int, offered: bool) -> None:
    """Tries again later, the last time 48 hours after the first attempt; what was not offered has not used one up."""
    end = (now if row.tried_at is None else row.tried_at) + GIVE_UP_AFTER
    if now >= end:
        _finish(row, "refused", "deferred_too_long", now)
    else:
        wait = wait_after(row.attempts, row.purpose == TRANSACTIONAL) if offered else UNOFFERED_WAIT
        row.state, row.not_before_at = "deferred", min(now + wait, end)
        row.attempts -= not offered


def wait_after(attempt: int, about_order: bool = False) -> int:
    """Returns how long to wait after a temporary refusal: 5 minutes, twice that each time, at most 6 hours; for mail about
    orders a minute and at most an hour."""
    first, longest = ORDER_WAITS if about_order else OTHER_WAITS
    return int(min(first * 2 ** min(max(attempt, 1) - 1, 20), longest))


def become_unknown(row: Any, now: int) -> None:
    """Marks a message of which nobody knows whether it was taken: queued again if it is about an order, at most
    three times in all; never again if it is not."""
    times = unknown_times(row) + 1
    row.claimed_by, row.lease_until_at = None, None
    if row.purpose == TRANSACTIONAL and times < UNKNOWN_ATTEMPTS:
        row.state, row.reason, row.not_before_at = "queued", f"unknown {times}", now + MINUTE
    else:
        _finish(row, "unknown", f"unknown {times}", now)


def unknown_times(row: Any) -> int:
    """Counts how often a message has ended unknown so far."""
    word, _, times = (row.reason or "").partition(" ")
    return int(times) if word == "unknown" and times.isdigit() else 0


def refuse(
    store: Store, worker: str, refused: Sequence[tuple[int, str, str]], now: int, state: str = "refused"
) -> None:
    """Ends claimed messages that are not to be made into a mail: (id, reason, what is wrong)."""
    with store.transaction():
        for key, reason, reply in refused:
            end = {"state": state, "reason": reason, "reply": keepable(reply), "settled_at": now,
                   "claimed_by": None, "lease_until_at": None}  # fmt: skip
            mine = (Message.id == key) & (Message.state == "claimed") & (Message.claimed_by == worker)
            move(mine, **end)
