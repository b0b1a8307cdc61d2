"""Caps for mails that come late: after an outage longer than a cap's window two would reach the customer at once."""

from __future__ import annotations

from typing import Any

from engine.clock import HOUR
from engine.consent.standing import standings
from engine.policy.counts import Tally, limits_of, with_wish
from engine.policy.model import Counted
from engine.prepared import prepared
from engine.rulebook.ast import Policy
from models import COUNTED_STATES, Message

HANDED_OVER = ("sending", "sent", "unknown")


def room_at(policy: Policy, message: Message, now: int) -> int | None:
    """Returns when caps, groups and the customer's own wish have room for a mail that is handed over late; None: now.

    To be asked under the lock of the address. What waits as late as this one is not counted: its own turn will ask. Caps
    count a late mail from its hand-over, so that the decision alone could not keep them.
    """
    said = standings([message.customer_id], now).get(message.customer_id)
    limits = with_wish(limits_of(policy), said.wish if said else None)
    longest = max((limit.window for part in limits for limit in part), default=0)
    counted = [Counted(at, purpose, rule) for at, purpose, rule in _others(
        message.address_id, message.id, now - longest, now - HOUR)]  # fmt: skip
    opens_at = Tally(limits, counted, (), now).opens_for(message.rule, message.purpose)
    return opens_at or None


@prepared
def _others(address: Any, message: Any, since: Any, on_time: Any) -> Any:
    m = Message
    gone = m.state.in_(HANDED_OVER) | (m.counted_at >= on_time)
    mine = (m.address == address) & (m.id != message) & (m.counted_at > since)
    return m.select(m.counted_at, m.purpose, m.rule).where(
        mine & m.state.in_(COUNTED_STATES) & (m.purpose != "transactional") & gone
    )
