"""What a shop's own store says about a rulebook: segments nobody is in, goods nobody sells, fields customers lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from peewee import fn

from engine.delivery.advice import Lacking
from engine.loyalty.pools import has_codes
from engine.matching import compare as sql
from engine.matching.conditions import truth
from engine.matching.view import View
from engine.reports.inspection import said_lacking
from engine.rulebook.ast import Problem, Unknown
from engine.rulebook.goods import NamedGood, named_goods
from engine.rulebook.nearest import meant
from models import Customer, Event, Line, Product

MOST_WORDS = 5000  # brands or categories among which the nearest is sought
PER = 1000


def of_the_store(views: list[View], lacking: Iterable[Lacking]) -> list[Problem]:
    """Asks the shops' own facts, and returns warnings; a shop that knows nobody, or no goods, is not asked about them."""
    peopled = [view for view in views if _customers(view)]
    if not peopled:
        return []
    found = [*_empty_segments(peopled), *_unknown_goods(peopled), *_empty_pools(peopled)]
    return found + [said_lacking(each, _how_many(each, peopled)) for each in lacking]


def _customers(view: View) -> int:
    return int(Customer.select().where(_of_shop(view)).count())


def _of_shop(view: View) -> Any:
    return (Customer.shop == view.shop_id) & Customer.erased_at.is_null()


# --- segments -----------------------------------------------------------------------------------------


def _empty_segments(views: list[View]) -> list[Problem]:
    segments = views[0].rulebook.segments
    return [
        Problem("warning", segment.place, f"nobody is in {name} now; see whether it asks what is meant")
        for name, segment in sorted(segments.items())
        if not any(_anybody(view, name) for view in views)
    ]


def _anybody(view: View, segment: str) -> bool:
    """Looks for one customer in a segment, zone by zone."""
    condition = view.rulebook.segments[segment].condition
    for zone in view.zones():
        asked = truth(condition, replace(view.scope(zone), customer=Customer))
        if Customer.select(Customer.id).where(_of_shop(view), Customer.zone == zone, asked).limit(1).tuples():
            return True
    return False


# --- goods --------------------------------------------------------------------------------------------


def _unknown_goods(views: list[View]) -> list[Problem]:
    shops = [view.shop_id for view in views]
    if not _any(Product, Product.shop.in_(shops)) and not _any(Line, Line.shop.in_(shops)):
        return []
    unknown = [good for good in named_goods(views[0].rulebook) if not _reported(good, shops)]
    words = {kind: _words(kind, shops) for kind in {good.kind for good in unknown}}
    return [
        Problem(
            "warning", good.place, f"no shop has reported the {good.kind} {good.value!r}{meant(good.value, words[good.kind])}",
            good.rule,
        )
        for good in unknown
    ]  # fmt: skip


def _any(table: Any, *conditions: Any) -> bool:
    return bool(table.select(table.id).where(*conditions).limit(1).tuples())


def _column(table: Any, kind: str) -> Any:
    if kind != "product":
        return getattr(table, kind)
    return table.external_id if table is Product else table.product


def _reported(good: NamedGood, shops: list[int]) -> bool:
    """Looks whether a product, an order's line or an event names it; a category also where only a branch of it is."""
    for table in (Product, Line, Event):
        column = _column(table, good.kind)
        fits = sql.in_branch(column, good.value) if good.kind == "category" else column == good.value
        if _any(table, table.shop.in_(shops), fits):
            return True
    return False


def _words(kind: str, shops: list[int]) -> list[str]:
    """Lists some of what the shops have reported, and the branches above their categories."""
    column = _column(Product, kind)
    rows = Product.select(fn.DISTINCT(column)).where(Product.shop.in_(shops), column.is_null(False))
    found = {word for (word,) in rows.limit(MOST_WORDS).tuples()}
    if kind == "category":
        found |= {path.rpartition("/")[0] for path in found if "/" in path}
    return sorted(found)


# --- coupons ------------------------------------------------------------------------------------------


def _empty_pools(views: list[View]) -> list[Problem]:
    """Names the rules whose mails would be refused in some shop for want of a code."""
    found = []
    for rule in views[0].rulebook.rules.values():
        pool = rule.with_.get("coupon", {}).get("pool")
        shops = [view for view in views if rule.active and rule.in_shop(view.shop.shop)]
        if pool and any(not has_codes(view.shop_id, pool) for view in shops):
            said = f"the pool {pool!r} has no codes, so {rule.id} would mail nobody"
            found.append(
                Problem("warning", rule.place, f"{said}; fill it: server.py coupons add {pool} FILE", rule.id)
            )
    return found


# --- fields -------------------------------------------------------------------------------------------


def _how_many(each: Lacking, views: list[View]) -> str:
    """Says of how many customers in a thousand a field is not known."""
    total = sum(_customers(view) for view in views)
    without = sum(
        Customer.select().where(_of_shop(view), _unknown(each.name, view)).count() for view in views
    )
    share = round(PER * without / total)
    return f"{share if share or not without else 'fewer than 1'} in {PER} customers"


def _unknown(name: str, view: View) -> Any:
    _, _, field = name.partition(".")
    if field.startswith("attributes."):
        scope = replace(view.scope(view.shop.timezone), customer=Customer)
        return sql.property_(Customer.attributes, field.removeprefix("attributes."), Unknown(), scope)
    column = getattr(Customer, field)
    return column.is_null() | (column == "")
