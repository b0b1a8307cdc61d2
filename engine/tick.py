"""One tick of one shop: due, late and released -> decisions -> outbox. The only orchestrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.consent.locking import lock_addresses
from engine.failpoint import failpoint
from engine.matching.due import Due
from engine.matching.find import find_due, find_late, find_released, unsettled, waiting
from engine.matching.members import watch_segments, watched
from engine.matching.view import View, chunks
from engine.notices import look_at_goals
from engine.outbox.braking import Braking
from engine.outbox.record import record
from engine.policy.compiled import CompiledPolicy
from engine.policy.decide import decide
from engine.policy.history import Draw, situations
from engine.policy.house import rules_asked_due
from engine.policy.model import Decision
from engine.prepared import prepared
from engine.store import Store
from models import Change, Cursor, Customer

Guard = Callable[[], None]
Speaks = Callable[[Due], bool]


@dataclass(slots=True)
class Ticked:
    """What one tick did."""

    due: int = 0
    silent: int = 0  # due, but nobody has written what to say
    messages: int = 0
    decisions: list[Decision] = field(default_factory=list)


def tick(
    view: View, policy: CompiledPolicy, store: Store, draw: Draw, guard: Guard = lambda: None, last: int | None = None,
    speaks: Speaks = lambda due: True, braking: Braking | None = None, locking: bool = False,
) -> Ticked:  # fmt: skip
    """Decides for every rule of a shop what is to be sent at `view.now`, and puts it in the outbox.

    `guard` is called in every transaction and raises where another node has taken over, which rolls it back. `last` is
    the moment of the tick before; by default the shop's cursor tells. What `speaks` denies has nothing to say: an issue of
    a newsletter that nobody wrote. `braking` holds back a rule that wants more than usual, `locking` keeps others from
    mailing the same addresses while their caps are counted; rehearsals go without both.
    """
    last = Cursor.get(Cursor.shop == view.shop_id).ticked_at if last is None else last
    changes = [Change(id=i, customer=who, at=at) for i, who, at in _learned(view.shop_id, view.now)]
    if watched(view):
        with store.transaction():
            guard()
            watch_segments(view, last, [change.customer_id for change in changes])
        failpoint("tick.watched")
    fresh = find_due(view, last) + find_late(view, last, changes)
    asked_due = rules_asked_due(policy.policy)
    changed, concerned = [change.customer_id for change in changes], [one.customer_id for one in fresh]
    changed += [one.customer_id for one in fresh if one.rule.id in asked_due]  # a house rule may rest on it
    due = fresh + find_released(view, waiting(view, changed, concerned, asked_due))
    speaking = [one for one in due if one.cancelled or speaks(one)]
    done = Ticked(len(speaking), len(due) - len(speaking))
    for batch in batches(speaking, view.config.limits.customers_per_transaction):
        with store.transaction():
            guard()
            if locking:
                _lock(store, batch)
            _decide(view, policy, store, draw, batch, done, braking)
        failpoint("tick.committed")
    with store.transaction():
        guard()
        _move_on(view, changes)
        look_at_goals(store, view.shop_id, [change.customer_id for change in changes], view.now)
    failpoint("tick.moved")
    return done


def _decide(
    view: View, policy: CompiledPolicy, store: Store, draw: Draw, batch: Sequence[Due], done: Ticked,
    braking: Braking | None,
) -> None:  # fmt: skip
    still = unsettled([due for due in batch if not due.held]) + [due for due in batch if due.held]
    asked = situations(view, still, policy, draw)
    plainly = partial(decide, policy=policy, now=view.now)
    decisions = braking.decide(view, asked, plainly) if braking else plainly(asked)
    failpoint("tick.decided")
    addresses = {s.customer_id: int(s.address) if s.address else None for s in asked}
    done.messages += record(
        store, view.shop_id, decisions, still, addresses, view.rulebook.digest or None, view.now, draw.key
    )
    done.decisions += decisions
    failpoint("tick.written")


def _lock(store: Store, batch: Sequence[Due]) -> None:
    """Locks the mailboxes of a batch: another shop's clock, or a sender with a late mail, may be counting them as well."""
    if store.postgresql:
        customers = sorted({due.customer_id for due in batch})
        lock_addresses(store, {address for (address,) in _mailboxes(customers)})


@prepared
def _mailboxes(customers: Any) -> Any:
    c = Customer
    return c.select(c.address).where(c.id.in_(customers) & c.address.is_null(False)).distinct()


def batches(due: Sequence[Due], customers_each: int) -> Iterator[list[Due]]:
    """Cuts what is due by customer, transactional mail first, so that a newsletter delays no thank-you.

    Customers who share a mailbox share its caps: each transaction sees what those before it have written.
    """
    for transactional in (True, False):
        of_customer: dict[int, list[Due]] = {}
        for one in due:
            if one.rule.transactional == transactional:
                of_customer.setdefault(one.customer_id, []).append(one)
        for some in chunks(sorted(of_customer), customers_each):
            yield [one for customer in some for one in of_customer[customer]]


def _move_on(view: View, changes: Sequence[Change]) -> None:
    """Forgets what has been looked at, row by row, and moves the cursor: only now is the minute done."""
    for some in chunks([change.id for change in changes]):
        _forget(some)
    _ticked(view.shop_id, view.now)
    failpoint("tick.moving")


@prepared
def _learned(shop: Any, now: Any) -> Any:
    mine = (Change.shop == shop) & (Change.recorded_at <= now)
    return Change.select(Change.id, Change.customer, Change.at).where(mine)


@prepared
def _forget(changes: Any) -> Any:
    return Change.delete().where(Change.id.in_(changes))


@prepared
def _ticked(shop: Any, now: Any) -> Any:
    return Cursor.update(ticked_at=now).where(Cursor.shop == shop)
