"""A worker's turn: what became of the mails just carried, and which go next, in one commit."""

from __future__ import annotations

from collections.abc import Sequence

from engine.outbox.begin import Asked, NotNow, Prepared, begin_within
from engine.outbox.settle import Settled, settle_within
from engine.store import Store


def take_turn(
    store: Store, worker: str, settled: Sequence[Settled], batch: Sequence[Prepared], now: int,
    not_now: NotNow = lambda _: None,
) -> Asked:  # fmt: skip
    """Settles what the worker was sending and begins at most 20 others, in one commit: never more than 20 in doubt.

    One commit waits for the disk once where two would wait twice. The addresses are locked before any message is, as a
    withdrawal and an erasure lock them, so that nobody waits in a circle.
    """
    with store.transaction():
        asked = begin_within(store, worker, batch, now, not_now)
        settle_within(store, worker, settled, now)
    return asked
