"""One list of the API and its single items: who asks, what is asked, and the page with the way to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, request

from engine.errors import ConfigError
from engine.intake.reading import ONE_LINE
from engine.reports.readback.walking import Asked, Desk, Page
from engine.web.api.credentials import caller_of_request
from engine.web.api.problems import Problem
from engine.web.api.reading.answering import answer
from engine.web.api.reading.asking import CURSOR, LIMIT, Filter, Query, read_query
from engine.web.api.reading.cursors import cursor_of, place_of
from engine.web.api.scopes import demand
from engine.web.app import served

LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class Listing:
    """A kind of thing that can be listed, and one of which can be asked for by its id."""

    name: str
    item: str  # the name of its shape in the document
    summary: str
    page: Callable[[Desk, Asked], Page]
    filters: tuple[Filter, ...]
    one: Callable[[Desk, str], dict[str, Any] | None] | None = None
    only: str = ""  # what a single one is called in the document


def add_listing(api: APIBlueprint, listing: Listing) -> None:
    """Adds GET /NAME, and GET /NAME/ID where single ones can be asked for; an id may hold anything, slashes too."""
    many = lambda: list_of(listing)  # noqa: E731
    api.add_url_rule(f"/{listing.name}", f"list_{listing.name}", api.doc(summary=listing.summary)(many))
    if listing.one is not None:
        single = lambda id: one_of(listing, id)  # noqa: E731
        api.add_url_rule(
            f"/{listing.name}/<anything:id>", f"get_{listing.name}", api.doc(summary=listing.only)(single)
        )


def list_of(listing: Listing) -> Response:
    """Answers one page."""
    desk = desk_of(listing.name)
    query = read_query(listing.filters, desk.shop.timezone)
    secret = served().store.secret
    of = {"list": listing.name, "shop": desk.shop_id, "since": query.since, **query.wanted}
    after = None if query.cursor is None else place_of(query.cursor, secret, of)
    page = listing.page(desk, Asked(query.limit, after, query.since, query.wanted))
    cursor = None if page.next is None else cursor_of(page.next, secret, of)
    following = None if cursor is None else _address(listing, query, cursor)
    body = {listing.name: page.items, "cursor": cursor, "next": following}
    return answer(body, {"next": following} if following else None)


def one_of(listing: Listing, wanted: str) -> Response:
    """Answers one item, or a 404 problem."""
    assert listing.one is not None
    desk = desk_of(listing.name)
    known = len(wanted) <= LONGEST_ID and re.fullmatch(ONE_LINE, wanted)
    found = listing.one(desk, wanted) if known else None
    if found is None:
        raise Problem(404, f"this shop has told of nothing with this id among its {listing.name}")
    return answer(found)


def desk_of(resource: str) -> Desk:
    """Returns whose shop the key of this request may read; raises a 401 or 403 problem."""
    here = served()
    now = here.clock.now()
    caller = caller_of_request(here.store, now)
    demand(caller, f"{resource}:read")
    try:
        return Desk(here.config, here.config.shop(caller.shop), caller.shop_id, now)
    except ConfigError:
        raise Problem(403, f"the shop {caller.shop!r} of this key stands no longer in config.yaml") from None


def _address(listing: Listing, query: Query, cursor: str) -> str:
    """Returns the address of the next page: this one's query, with another cursor."""
    said = [(name, value) for name, value in request.args.items() if name not in (CURSOR, LIMIT)]
    return f"/api/v1/{listing.name}?{urlencode([*said, (LIMIT, query.limit), (CURSOR, cursor)])}"
