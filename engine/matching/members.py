"""Entering and leaving segments: membership asked at every fact of a customer, and when a window's edge passes.

Who was a member stands in a table; a change becomes a fact (`enters`, `leaves`) at the moment of the tick, so that rules find
it as they find any other. Whoever is a member when a segment is first watched, or changed, has not entered it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.consent.objection import objects_expression
from engine.matching.conditions import truth
from engine.matching.edges import edges
from engine.matching.view import View, by_zone, chunks
from engine.rulebook.ast import Compare, FactPattern, InSegment, Membership
from engine.rulebook.fingerprint import segment_digests
from models import Customer, Event, Member, Setting


def changed_membership(trigger: Membership) -> FactPattern:
    """Returns the fact that a trigger waits for."""
    return FactPattern(trigger.change, (("name", Compare("=", trigger.segment)),))


def watched(view: View) -> list[str]:
    """Names the segments that rules of the shop wait for."""
    triggers = (rule.trigger for rule in view.rules())
    return sorted({trigger.segment for trigger in triggers if isinstance(trigger, Membership)})


def watch_segments(view: View, last: int, changed: Iterable[int]) -> None:
    """Brings the members of watched segments up to `view.now`, in the caller's transaction."""
    names = watched(view)
    digests = segment_digests(view.rulebook.segments) if names else {}
    for segment in names:
        known = Setting.get_or_none(Setting.name == _setting(view, segment))
        if known is None or known.value != digests[segment]:
            _load(view, segment, digests[segment])
            continue
        condition = view.rulebook.segments[segment].condition
        asked = set(changed) | {customer for customer, _ in edges(view, condition, last, view.now)}
        _compare(view, segment, sorted(asked))


def forget_members() -> None:
    """Lets the next tick load all segments anew, so that nobody enters one by history that was brought in."""
    Setting.delete().where(Setting.name.startswith("members:")).execute()


def _setting(view: View, segment: str) -> str:
    return f"members:{view.shop_id}:{segment}"


def _load(view: View, segment: str, digest: str) -> None:
    """Writes down who is a member; nobody enters or leaves by it."""
    Member.delete().where((Member.shop == view.shop_id) & (Member.segment == segment)).execute()
    for zone in view.zones():
        everybody = (Customer.shop == view.shop_id) & (Customer.zone == zone)
        members = Customer.select(Customer.id).where(everybody & _truth(view, segment, zone))
        _add(view, segment, [customer for (customer,) in members.tuples()])
    name = _setting(view, segment)
    Setting.insert(name=name, value=digest).on_conflict(
        conflict_target=[Setting.name], update={Setting.value: digest}
    ).execute()


def _compare(view: View, segment: str, customers: list[int]) -> None:
    """Asks some customers whether they are members now, and tells who has entered and who has left."""
    for some in chunks(customers):
        mine = (Member.shop == view.shop_id) & (Member.segment == segment) & Member.customer.in_(some)
        before = {customer for (customer,) in Member.select(Member.customer).where(mine).tuples()}
        after = set(_members_among(view, segment, some))
        _add(view, segment, sorted(after - before))
        Member.delete().where(mine & Member.customer.in_(sorted(before - after))).execute()
        _tell(view, "enters", segment, sorted(after - before))
        _tell(view, "leaves", segment, sorted(before - after - _objecting(view, before - after)))


def _members_among(view: View, segment: str, customers: list[int]) -> Iterator[int]:
    for zone, some in by_zone(customers).items():
        among = (Customer.shop == view.shop_id) & Customer.id.in_(some) & Customer.erased_at.is_null()
        for (customer,) in Customer.select(Customer.id).where(among & _truth(view, segment, zone)).tuples():
            yield customer


def _objecting(view: View, customers: set[int]) -> set[int]:
    """Returns those who object to profiling: whoever is in no segment any more has left none that a rule may ask."""
    mine = Customer.id.in_(sorted(customers)) & objects_expression(Customer.id, view.now)
    return {number for (number,) in Customer.select(Customer.id).where(mine).tuples()} if customers else set()


def _truth(view: View, segment: str, zone: str) -> object:
    scope = replace(view.scope(zone), customer=Customer)
    return truth(InSegment(segment), scope)


def _add(view: View, segment: str, customers: list[int]) -> None:
    for some in chunks(customers):
        rows = [(view.shop_id, segment, customer) for customer in some]
        Member.insert_many(rows, fields=[Member.shop, Member.segment, Member.customer]).execute()


def _tell(view: View, kind: str, segment: str, customers: list[int]) -> None:
    fields = [
        Event.shop,
        Event.customer,
        Event.kind,
        Event.name,
        Event.at,
        Event.recorded_at,
        Event.properties,
    ]
    for some in chunks(customers):
        rows: list[tuple[object, ...]] = [
            (view.shop_id, customer, kind, segment, view.now, view.now, {}) for customer in some
        ]
        Event.insert_many(rows, fields=fields).execute()
