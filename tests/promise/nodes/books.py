"""What the database of a test of several machines holds, beside what the relay has taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from engine.clock import DAY, HOUR, moment
from engine.config import Config
from engine.intake.orders import accept_orders
from engine.store import Store
from models import COUNTED_STATES, OPEN_STATES, Change, Decision, Message, Settlement, Shop
from tests.promise.manners.relay import Relay


def push(store: Store, config: Config, numbers: Sequence[int], people: int, at: int) -> None:
    """Takes in orders of as many customers, who agree to offers, one after the other."""
    bodies = [
        {"id": str(number), "placed_at": moment(at).isoformat(), "updated_at": moment(at).isoformat(), "total": "10",
         "status": "paid", "customer": {
             "id": f"c{number % people}", "email": f"anna{number % people}@example.com",
             "consent": {"marketing": {"granted": True, "at": moment(at).isoformat()}}}}
        for number in numbers
    ]  # fmt: skip
    accept_orders(store, config, Shop.get(), bodies, at)


def all_quiet() -> bool:
    """Says whether everything that was learned is decided, and every mail that may go has gone."""
    return not Change.select().exists() and not Message.select().where(Message.state << OPEN_STATES).exists()


def verdict(relay: Relay) -> dict[str, int]:
    """Counts what must be nought, and what must not."""
    copies = relay.copies
    rows = list(Message.select())
    offers = [row for row in rows if row.purpose == "marketing"]
    thanks = [row for row in rows if row.purpose == "transactional"]
    sends = Counter(
        Decision.select(Decision.rule, Decision.customer, Decision.anchor)
        .where(Decision.outcome == "send")
        .tuples()
    )
    return {
        "offers": len(offers),
        "offers_twice": sum(copies[row.message_id] > 1 for row in offers),
        "offers_beyond_a_cap": _beyond(offers),
        "decided_twice": sum(count > 1 for count in sends.values()),
        "orders_thanked": _thanked(copies),
        "order_mails": len(thanks),
        "order_mails_lost": sum(not copies[row.message_id] for row in thanks),
        "order_mails_repeated": sum(copies[row.message_id] > 1 for row in thanks),
        "unknown": sum(row.state == "unknown" for row in rows),
        "called_sent_and_not": sum(row.state == "sent" and not copies[row.message_id] for row in rows),
    }


MUST_BE_NOUGHT = (
    "offers_twice",
    "offers_beyond_a_cap",
    "decided_twice",
    "order_mails_lost",
    "called_sent_and_not",
)


def broken(counted: dict[str, int]) -> dict[str, int]:
    """Returns what must be nought and is not."""
    return {name: counted[name] for name in MUST_BE_NOUGHT if counted[name]}


def _thanked(copies: Counter[str]) -> int:
    """Counts the orders whose buyers got a thank-you; one may thank for several."""
    rows = Settlement.select(Message.message_id).join(Message).where(Settlement.rule == "thank-you").tuples()
    return sum(copies[key] > 0 for (key,) in rows)


def _beyond(offers: Sequence[Message]) -> int:
    """Counts the offers that one a day forbids, by decision or by a hand-over more than an hour later."""
    times = defaultdict(list)
    for row in offers:
        if row.state in COUNTED_STATES:
            late = (row.settled_at or row.decided_at) - row.decided_at > HOUR and row.state == "sent"
            times[row.address_id].append(row.settled_at if late else row.decided_at)
    return sum(
        b - a < DAY for each in times.values() for a, b in zip(sorted(each), sorted(each)[1:], strict=False)
    )
