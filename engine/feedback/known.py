"""A mail of which nobody knew whether it was handed over turns out to have been: somebody tells of it."""

from __future__ import annotations

from engine import bulk
from engine.consent.withdrawal import tell
from engine.store import Store
from models import Message


def known_taken(store: Store, message_id: int, said: str, now: int) -> bool:
    """Makes a message `sent` that was `unknown`, or queued once more because it was; says whether it did.

    Only after it was sent can anything be told of it, so nobody need guess any more, and no second mail need go.
    """
    guessed = (Message.state == "unknown") | (
        (Message.state == "queued") & Message.reason.startswith("unknown")
    )

    def work() -> bool:
        row = Message.get_or_none((Message.id == message_id) & guessed)
        if row is None:
            return False
        sent = {"state": "sent", "reason": None, "reply": said, "settled_at": now}
        done = int(Message.update(sent).where((Message.id == message_id) & guessed).execute())
        if done:
            tell(store, row.shop_id, [row.customer_id], now)
        return done == 1

    return bulk.in_transaction(store, work)
