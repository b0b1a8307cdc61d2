"""What people may do to an endpoint: send it a test event, pause it, let it go on, and send again what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import bulk
from engine.audit import Channel, write_down
from engine.notices import new_number
from engine.notifying.bodies import TEST
from engine.notifying.queue import Whose, free, standing
from engine.store import Store
from models import Endpoint, Notice


def send_test(store: Store, whose: Whose, author: str, now: int, channel: Channel = "console") -> str:
    """Queues an event about nobody, which is posted once, also to an endpoint that is paused; returns its number."""
    number = new_number()

    def work() -> None:
        standing(whose)
        Notice.create(
            shop=whose.shop_id, endpoint=whose.settings.name, number=number, kind=TEST, at=now, recorded_at=now,
            next_at=now, state="trial", facts={"test": True},
        )  # fmt: skip
        write_down(author, "test event", whose.settings.name, now, channel=channel)

    bulk.in_transaction(store, work)
    return number


def pause(store: Store, whose: Whose, author: str, now: int, channel: Channel = "console") -> bool:
    """Stops telling an endpoint; what happens meanwhile waits, and is given up after the endpoint's days. False: it was."""

    def work() -> bool:
        standing(whose)
        open_ = whose.row & Endpoint.paused_at.is_null()
        done = bool(Endpoint.update(paused_at=now, paused_why="by_hand").where(open_).execute())
        if done:
            free(whose)
            write_down(author, "pause endpoint", whose.settings.name, now, channel=channel)
        return done

    return bulk.in_transaction(store, work)


def resume(store: Store, whose: Whose, author: str, now: int, channel: Channel = "console") -> bool:
    """Lets a paused endpoint be told again, at once, as if it had never failed. False: it was not paused."""
    new: dict[str, Any] = {
        "paused_at": None, "paused_why": None, "failures": 0, "failing_since_at": None, "rest_until_at": None,
    }  # fmt: skip

    def work() -> bool:
        done = bool(Endpoint.update(new).where(whose.row & Endpoint.paused_at.is_null(False)).execute())
        if done:
            write_down(author, "resume endpoint", whose.settings.name, now, channel=channel)
        return done

    return bulk.in_transaction(store, work)


def send_again(
    store: Store,
    whose: Whose,
    author: str,
    now: int,
    keys: Sequence[int] | None = None,
    channel: Channel = "console",
) -> int:
    """Queues what was given up, or what `keys` name, under the numbers that it had; its days of trying begin anew.

    Returns how many messages that are. A receiver that has one already knows it by its number.
    """
    over = whose.mine & Notice.state.in_(("given_up",) if keys is None else ("given_up", "delivered"))
    over &= Notice.kind != TEST
    if keys is not None:
        over &= Notice.id.in_(list(keys))
    new: dict[str, Any] = {
        "state": "waiting", "attempts": 0, "recorded_at": now, "next_at": now, "settled_at": None, "claimed_by": None,
        "error": None, "status": None,
    }  # fmt: skip

    def work() -> int:
        count = int(Notice.update(new).where(over).execute())
        if count:
            write_down(author, "send again", whose.settings.name, now, channel=channel, count=count)
        return count

    return bulk.in_transaction(store, work)
