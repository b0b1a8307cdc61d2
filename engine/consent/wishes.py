"""What a reader may wish beside yes and no: fewer mails, none until a day, and not to be profiled.

Each is a line of the ledger for every customer of the shop who shares the mailbox, and for whom its mail was, so who wished it,
when and from where stays for good, and a rehearsal of the past obeys it from its moment on.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import bulk
from engine.clock import moment
from engine.consent.kinds import FREQUENCY, PAUSE, PROFILING
from engine.consent.ledger import Entry, append
from engine.consent.locking import lock_concerned
from engine.consent.standing import DAY_MINUTES, Wish
from engine.consent.withdrawal import tell
from engine.store import Store

OFFERED = (
    Wish(1, 7 * DAY_MINUTES),
    Wish(1, 30 * DAY_MINUTES),
)  # what the page of choices lets a reader choose from
LONGEST_PAUSE_DAYS = 366


@dataclass(frozen=True, slots=True)
class Said:
    """Who said something where: everybody of a mailbox, and one customer wherever they live; and from which network address."""

    shop_id: int
    source: str
    address_id: int | None = None
    customer_id: int | None = None
    request_address: str | None = None


def wish_fewer(store: Store, said: Said, wish: Wish | None, now: int) -> int:
    """Lets at most so many mails come, or as many as the policy lets; says for how many customers that is new."""
    return _say(store, said, FREQUENCY, wish is not None, wish.words if wish else None, now)


def pause_until(store: Store, said: Said, until_at: int | None, now: int) -> int:
    """Holds every mail that is not about an order until a moment, or lets them come again; says for how many it is new."""
    detail = moment(until_at).isoformat(timespec="seconds") if until_at is not None else None
    return _say(store, said, PAUSE, until_at is not None, detail, now)


def object_to_profiling(store: Store, said: Said, now: int) -> int:
    """Takes customers out of segments, predictions and recommendations; says for how many that is new."""
    return _say(store, said, PROFILING, False, None, now)


def allow_profiling(store: Store, said: Said, now: int) -> int:
    """Takes an objection back; says for how many customers there was one."""
    return _say(store, said, PROFILING, True, None, now)


def _say(store: Store, said: Said, about: str, granted: bool, detail: str | None, now: int) -> int:
    def work() -> int:
        customers = lock_concerned(store, said.shop_id, said.address_id, said.customer_id)
        entries = [
            Entry(customer, about, granted, now, now, said.source, detail=detail, request_address=said.request_address)
            for customer in customers
        ]  # fmt: skip
        fresh = append(store, said.shop_id, entries, now)
        touched = [customer for customer, new in zip(customers, fresh, strict=True) if new]
        tell(store, said.shop_id, touched, now)
        return len(touched)

    return bulk.in_transaction(store, work)
