"""Orders that a shop has deleted, and those that it has taken back: remembered whether the order is known yet or not.

A message that says `deleted` names an order and nothing else: neither what the order was, nor when it was deleted. So the
moment at which it came is kept as an event of nobody, which waits for its order as other events do, and stands among the
order's versions as one without content. What an order is stays a function of the set of what was told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine import bulk
from engine.clock import HOUR, SECOND, instant
from engine.intake.accepting import Accepted, Intake, announce
from engine.intake.known import DELETED, Known, load, load_refunds
from engine.intake.order_rows import write_orders
from engine.store import Store
from models import Event, OrderVersion

RESTORED = "order_restored"  # as DELETED a kind of event that no rule, list or customer ever sees
LATE = HOUR  # so long after an order's return the word of its deletion may still come
MARK = 1  # microsecond: shop systems tell their moments in seconds or thousandths


def is_ours(updated_at: int) -> bool:
    """Says whether a version's moment is one that we have given it, because the shop had said none."""
    return updated_at % SECOND == MARK


def take_away(intake: Intake, number: str) -> Accepted:
    """Keeps that the shop has deleted an order: it is cancelled from now on, or as soon as it is known.

    Nothing changes where that is known, or where its return is at most an hour old: that was a return from this deletion,
    whose word comes late. Inside a transaction.
    """
    bulk.lock_shop(intake.store, intake.shop_id, bulk.ALONE)
    told, order = _told(intake, number), load(intake, [number]).get(number)
    at = _ours(max(intake.now, order.content[1] if order else 0))
    gone = DELETED in told if order is None else order.is_gone()
    if gone or at <= told.get(RESTORED, -LATE) + LATE:
        return Accepted(("unchanged",))
    _note(intake, number, order, DELETED, at)
    if order is not None:
        _settle(intake, order, at)
    return Accepted(("accepted",))


def bring_back(intake: Intake, number: str, said: object) -> None:
    """Keeps that the shop has taken an order back at the moment that `said` names: no deletion before it counts.

    Nor does one whose word comes up to an hour later. Inside a transaction, before the order itself is kept.
    """
    bulk.lock_shop(intake.store, intake.shop_id, bulk.ALONE)
    told, order = _told(intake, number), load(intake, [number]).get(number)
    at = _moment(said, intake.now)
    if at > told.get(RESTORED, -1):
        _note(intake, number, order, RESTORED, at)
    if DELETED in told and told[DELETED] <= at + LATE:
        Event.delete().where(_of(intake, number, DELETED)).execute()
        if order is not None:
            _settle(intake, order, None)


def deleted_before_known(store: Store, shop_id: int, numbers: Iterable[str]) -> list[tuple[str, int]]:
    """Returns orders of which nothing is known but that they were deleted, and the moments that we gave to that."""
    columns = ("external_order", "kind", "at", "order_id")
    rows = bulk.fetch(store, Event, columns, "external_order", numbers, shop_id)
    return [(number, at) for number, kind, at, order in rows if kind == DELETED and order is None]


def _told(intake: Intake, number: str) -> dict[str, int]:
    rows = bulk.fetch(intake.store, Event, ("kind", "at"), "external_order", [number], intake.shop_id)
    return {kind: at for kind, at in rows if kind in (DELETED, RESTORED)}


def _note(intake: Intake, number: str, order: Known | None, kind: str, at: int) -> None:
    """Keeps the newest word of a kind."""
    Event.delete().where(_of(intake, number, kind)).execute()
    Event.create(
        shop=intake.shop_id, kind=kind, external_order=number, order=order.id if order else None, at=at,
        recorded_at=intake.learned(at),
    )  # fmt: skip


def _of(intake: Intake, number: str, kind: str) -> object:
    return (Event.shop == intake.shop_id) & (Event.external_order == number) & (Event.kind == kind)


def _settle(intake: Intake, order: Known, gone_at: int | None) -> None:
    """Settles a known order anew, as deleted at a moment or not at all."""
    OrderVersion.delete().where((OrderVersion.order == order.id) & (OrderVersion.digest == DELETED)).execute()
    order.unmark()
    if gone_at is not None:
        order.mark(gone_at, intake.learned(gone_at))
    order.fresh_content = order.stamped(order.content)
    load_refunds(intake, {order.external_id: order})
    write_orders(intake, [order], {})
    announce(intake)


def _ours(at: int) -> int:
    """Marks a version's moment as one that we have given it: no shop system's own ends so."""
    return at - at % SECOND + SECOND + MARK


def _moment(said: object, now: int) -> int:
    """Returns a moment with its zone; what is none is refused with the order itself, in the same transaction."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return now
    return instant(found) if found.tzinfo is not None else now
