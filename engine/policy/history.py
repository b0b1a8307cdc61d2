"""What the policy may know of the customers whom something concerns now: read in the transaction that decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from peewee import JOIN

from engine import calendar
from engine.clock import MINUTE
from engine.consent.standing import NOTHING_SAID, OF_A_SALE, Wish, standings
from engine.matching import compare as sql
from engine.matching.conditions import truth
from engine.matching.due import Due
from engine.matching.scope import Scope
from engine.matching.view import View, by_zone
from engine.policy.compiled import CompiledPolicy
from engine.policy.counts import longest_window_minutes
from engine.policy.holdout import held_out, in_control_group
from engine.policy.house import house_leaves
from engine.policy.model import Candidate, Counted, Situation
from engine.prepared import Kept, compiled, filled_up, given, prepared
from engine.rulebook.ast import Condition
from models import COUNTED_STATES, Address, Customer, Message, Settlement

Leaves = dict[tuple[int, int], bool | None]


@dataclass(frozen=True, slots=True)
class Draw:
    """How holdouts are drawn: by the home's key, or not at all (rule tests)."""

    key: bytes
    on: bool = True


def situations(view: View, dues: Sequence[Due], policy: CompiledPolicy, draw: Draw) -> list[Situation]:
    """Gathers, for the customers of these candidates, everything that decides."""
    of_customer: dict[int, list[Due]] = defaultdict(list)
    for due in dues:
        of_customer[due.customer_id].append(due)
    customers = sorted(of_customer)
    people = _people(customers)
    said = standings(customers, view.now)
    wishes = [standing.wish for standing in said.values() if standing.wish]
    counted = _counted({row[2] for row in people.values() if row[2]}, policy, wishes, view.now)
    leaves = _leaves(view, customers, policy)
    refused = _refused_by_once(view, dues)
    found = []
    for customer in customers:
        zone, country, address, suppressed_at = people[customer]
        candidates = tuple(_candidate(due, due.key in refused, policy, draw) for due in of_customer[customer])
        mine = said.get(customer, NOTHING_SAID)
        found.append(Situation(
            customer, zone, country or view.shop.country, candidates, str(address) if address else None,
            suppressed_at is not None, mine.consents, mine.stopped,
            tuple(counted.get(address, ())) if address else (), leaves.get(customer, {}),
            mine.soft, mine.paused_until_at, mine.wish,
        ))  # fmt: skip
    return found


def _candidate(due: Due, once_refuses: bool, policy: CompiledPolicy, draw: Draw) -> Candidate:
    rule = due.rule
    return Candidate(
        rule.id, due.customer_id, due.anchor, rule.purpose, rule.priority, due.anchor_at, due.due_at, due.expires_at,
        when_capped=rule.when_capped, at=rule.at, held=due.held, held_for=due.held_for,
        held_until_at=due.held_until_at, cancelled=due.cancelled, cancelled_by=due.cancelled_by, matches=due.holds,
        once_refuses=once_refuses, held_out=_is_held_out(due, policy, draw), values=due.values,
        of_a_sale=due.values.get("kind") in OF_A_SALE,
    )  # fmt: skip


def _is_held_out(due: Due, policy: CompiledPolicy, draw: Draw) -> bool:
    if not draw.on or due.rule.transactional:
        return False
    customer = str(due.customer_id)
    control = in_control_group(draw.key, customer, policy.policy.control_group)
    return control or held_out(draw.key, due.rule.id, customer, due.rule.holdout)


def _people(customers: list[int]) -> dict[int, tuple[str, str | None, int | None, int | None]]:
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in _addressed(customers)}


@prepared
def _addressed(customers: Any) -> Any:
    c = Customer
    query = c.select(c.id, c.zone, c.country, c.address, Address.suppressed_at).join(Address, JOIN.LEFT_OUTER)
    return query.where(c.id.in_(customers))


def _counted(
    addresses: set[int], policy: CompiledPolicy, wishes: Sequence[Wish], now: int
) -> dict[int, list[Counted]]:
    """Lists, by address, the messages that caps count, those that customers asked for too."""
    window = max([longest_window_minutes(policy.policy), *(wish.window_minutes for wish in wishes)])
    found: dict[int, list[Counted]] = defaultdict(list)
    if not window or not addresses:
        return found
    for address, at, purpose, rule in _counted_since(sorted(addresses), now - window * MINUTE):
        found[address].append(Counted(at, purpose, rule))
    return found


@prepared
def _counted_since(addresses: Any, since: Any) -> Any:
    m = Message  # its state is hidden from the planner, which would read all mails ever sent for many addresses
    mine = m.address.in_(addresses) & (m.counted_at > since) & sql.unindexed(m.state).in_(COUNTED_STATES)
    return m.select(m.address, m.counted_at, m.purpose, m.rule).where(mine & (m.purpose != "transactional"))


def _leaves(view: View, customers: list[int], policy: CompiledPolicy) -> dict[int, Leaves]:
    """Asks the store the parts of house rules that it answers, as columns of one query a zone."""
    asked = house_leaves(policy.policy)
    if not asked:
        return {}
    found: dict[int, Leaves] = {}
    keys = [(house, leaf) for house, leaf, _ in asked]
    for zone, ids in by_zone(customers).items():
        for row in _house_rows(view.scope(zone), policy, [condition for *_, condition in asked], ids):
            found[row[0]] = {
                key: None if value is None else bool(value) for key, value in zip(keys, row[1:], strict=True)
            }
    return found


HOUSES = Kept()


def _house_rows(
    scope: Scope, policy: CompiledPolicy, conditions: list[Condition], customers: list[int]
) -> list[tuple[Any, ...]]:
    """Asks conditions about customers, each a column; the statement is compiled once for all moments."""
    ids = filled_up(customers)

    def query(scope: Scope, ids: list[Any]) -> Any:
        columns = [truth(condition, replace(scope, customer=Customer)) for condition in conditions]
        return Customer.select(Customer.id, *columns).where(Customer.id.in_(ids))

    owners = (policy, scope.rulebook.segments, scope.config, scope.shop)
    key = (*map(id, owners), scope.shop_id, scope.zone, len(ids))
    slots = [given(1, at) for at in range(len(ids))]
    kept = HOUSES.get(key, lambda: query(scope.for_any_moment(), slots), owners)
    return kept.run((scope, ids)) if kept else compiled(query(scope, ids)).run(())


# --- once ---------------------------------------------------------------------------------------------


def _refused_by_once(view: View, dues: Sequence[Due]) -> set[tuple[str, int, str]]:
    """Finds the candidates whose rule has written to the customer before, within what its `once` forbids."""
    asked = [due for due in dues if due.rule.once.kind != "anchor"]
    if not asked:
        return set()
    sent = _sent_before({due.customer_id for due in asked}, {due.rule.id for due in asked})
    return {
        due.key
        for due in asked
        if any(_forbids(view, due, *row) for row in sent.get((due.rule.id, due.customer_id), ()))
    }


def _sent_before(
    customers: set[int], rules: set[str]
) -> dict[tuple[str, int], list[tuple[int, int | None, str | None]]]:
    """Lists when, and for which order and product, these rules wrote or have decided to write."""
    found: dict[tuple[str, int], list[tuple[int, int | None, str | None]]] = defaultdict(list)
    for rule, customer, at, order, product in _written(sorted(customers), sorted(rules)):
        found[rule, customer].append((at, order, product))
    return found


@prepared
def _written(customers: Any, rules: Any) -> Any:
    s = Settlement
    query = s.select(s.rule, s.customer, Message.counted_at, s.order_id, s.product).join(Message)
    counted = sql.unindexed(Message.state).in_(COUNTED_STATES)
    return query.where(s.customer.in_(customers) & s.rule.in_(rules) & counted)


def _forbids(view: View, due: Due, at: int, order: int | None, product: str | None) -> bool:
    once = due.rule.once
    if once.kind == "ever":
        return True
    if once.kind == "window":
        window = once.window
        return window is not None and at > calendar.shift(view.now, -window.amount, window.unit, due.zone)
    mine = due.values.get("order_id" if once.kind == "order" else "product")
    return mine is not None and mine == (order if once.kind == "order" else product)
