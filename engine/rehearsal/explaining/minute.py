"""What the tick of this very minute would decide for one customer: the tick's own steps, and nothing written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.clock import MINUTE
from engine.matching.ask import ask
from engine.matching.due import Due, Question
from engine.matching.find import find_late, find_released, unsettled
from engine.matching.view import View, by_zone
from engine.policy.compiled import CompiledPolicy
from engine.policy.decide import decide
from engine.policy.history import Draw, situations
from engine.policy.house import rules_asked_due
from engine.policy.model import Decision
from engine.rulebook.ast import Rule
from engine.tick import Speaks, batches
from models import Change, Cursor, Customer, Hold

Key = tuple[str, int, str]


def ticked_at(shop_id: int) -> int | None:
    """Returns the last minute that the shop's ticks are through with; None before the first."""
    row = Cursor.get_or_none(Cursor.shop == shop_id)
    return row.ticked_at if row else None


def decisions_now(
    view: View, customer: Customer, policy: CompiledPolicy, draw: Draw, speaks: Speaks, may_be_due: Callable[[Rule], bool],
) -> tuple[dict[Key, Decision], set[Key]]:  # fmt: skip
    """Returns what a tick at `view.now` would decide of the customer's anchors, and which have nothing to say.

    Whoever shares the mailbox is asked along, since they share its caps. Nothing is decided of a minute that is past.
    """
    last = ticked_at(view.shop_id)
    if last is not None and view.now < last:
        return {}, set()
    together = _together(customer)
    after = last if last is not None and view.now - last <= MINUTE else view.now - MINUTE
    found = _candidates(view, together, policy, after, may_be_due)
    silent = {due.key for due in found if not due.cancelled and not speaks(due)}
    made: dict[Key, Decision] = {}
    for batch in batches([due for due in found if due.key not in silent], len(together)):
        decided = decide(situations(view, batch, policy, draw), policy, view.now)
        made |= {decision.candidate.key: decision for decision in decided}
    return made, silent


def _together(customer: Customer) -> list[int]:
    """Lists the customers of the shop who share the mailbox."""
    if customer.address_id is None:
        return [int(customer.id)]
    mine = (Customer.address == customer.address_id) & (Customer.shop == customer.shop_id)
    return sorted({int(customer.id), *(key for (key,) in Customer.select(Customer.id).where(mine).tuples())})


def _candidates(
    view: View,
    customers: Sequence[int],
    policy: CompiledPolicy,
    after: int,
    may_be_due: Callable[[Rule], bool],
) -> list[Due]:
    alone = len(customers) == 1
    fresh: list[Due] = []
    for zone, some in by_zone(customers).items():
        for rule in view.rules():
            start = max(after, view.since[rule.id] - 1)
            if start < view.now and (not alone or may_be_due(rule)):
                fresh += ask(Question(rule, view.scope(zone), start, view.now, some))
    fresh = unsettled(fresh)
    known = (Change.shop == view.shop_id) & (Change.recorded_at <= view.now)
    changes = list(Change.select().where(known & Change.customer.in_(list(customers))))
    fresh += find_late(view, after, changes) if view.now - after <= MINUTE else []
    changed = {int(change.customer_id) for change in changes}
    return fresh + find_released(view, _waking(view, customers, changed, fresh, policy))


def _waking(
    view: View, customers: Sequence[int], changed: set[int], fresh: Sequence[Due], policy: CompiledPolicy
) -> list[Hold]:
    """Lists the holds that a tick would ask again, as engine.matching.find.waiting does for everybody."""
    mine = list(Hold.select().where((Hold.shop == view.shop_id) & Hold.customer.in_(list(customers))))
    asked_due = rules_asked_due(policy.policy)
    waking = [h for h in mine if h.wake_at <= view.now or h.every_minute or h.customer_id in changed]
    concerned = {due.customer_id for due in fresh} | {hold.customer_id for hold in waking}
    along = [h for h in mine if h.customer_id in concerned and h.rule in asked_due]
    return list({hold.id: hold for hold in (*waking, *along)}.values())
