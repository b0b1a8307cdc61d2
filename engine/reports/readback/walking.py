"""One page of a list: from a place on, in an order in which nothing that stays as it is can be missed or come twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from peewee import Tuple

from engine.config import Config, ShopConfig
from engine.config_testing import apart, is_test
from engine.intake.reading import mailbox
from models import Address, Customer

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose shop is read, and at which moment."""

    config: Config
    shop: ShopConfig
    shop_id: int
    now: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for: what comes after a place, since a moment, and what else it must fit."""

    limit: int
    after: Place | None = None
    since: int | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Items as JSON, and the place after which the next page begins; None where there is none yet."""

    items: list[dict[str, Any]]
    next: Place | None


def walk(query: Any, at: Any, number: Any, asked: Asked) -> Any:
    """Lets a query go on after the place, in the order of (at, number), one row further than the page."""
    if asked.after is not None:
        query = query.where(Tuple(at, number) > Tuple(*asked.after))
    elif asked.since is not None:
        query = query.where(at >= asked.since)
    return query.order_by(at, number).limit(asked.limit + 1)


def walk_together(queries: Iterable[Any], at: Any, number: Any, asked: Asked) -> list[tuple[int, int]]:
    """Returns (at, number) of the next rows of several queries that no one index could answer together."""
    found = [walk(query, at, number, asked).tuples() for query in queries]
    return list(merge(*found))[: asked.limit + 1]


def page(rows: Sequence[Any], asked: Asked, place: Callable[[Any], Place], told: Callable[..., Any]) -> Page:
    """Makes a page of rows of which there may be one too many, which says that there are more."""
    shown = list(rows[: asked.limit])
    return Page(told(shown), place(shown[-1]) if len(rows) > asked.limit else None)


def in_order(table: Any, numbers: Sequence[int]) -> list[Any]:
    """Reads rows by their numbers, in the order of these."""
    found = {row.id: row for row in table.select().where(table.id << list(numbers))} if numbers else {}
    return [found[number] for number in numbers if number in found]


def customer_named(desk: Desk, word: str) -> int | None:
    """Returns whom a word of a query means, as in an event: an address if it has an @, else the shop's id."""
    mine = Customer.shop == desk.shop_id
    found = Customer.select(Customer.id).where(mine & (Customer.external_id == word)).first()
    if found is None and "@" in word:
        found = at_address(desk, word)[:1]
        return found[0] if found else None
    return found.id if found else None


def at_address(desk: Desk, word: str) -> list[int]:
    """Returns the customers of one mailbox: those with an id first, then in the order of their coming."""
    try:
        box = mailbox(word)
    except ValueError:
        return []
    box = apart(box) if is_test(desk.shop.shop) else box
    theirs = (Customer.shop == desk.shop_id) & (Address.email == box)
    guests = Customer.external_id.is_null()
    rows = Customer.select(Customer.id).join(Address).where(theirs).order_by(guests, Customer.id)
    return [row.id for row in rows]
