"""POST /collect/SHOP: what a visitor's browser tells. All of it may be a lie, so it can tell of nobody but itself.

No cookie is read or set, no address of a computer is kept, and nothing that is sent can make it fail.
"""

from __future__ import annotations

import json

from flask import Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine import bulk
from engine.config import ShopConfig
from engine.config_pages import Pages
from engine.errors import ConfigError, IntakeError
from engine.intake.reading import reading_for
from engine.intake.visits.keeping import Moved, is_known, keep_batch
from engine.intake.visits.shapes import BATCH, Batch, key_of
from engine.tallies import tallies
from engine.web.api.bodies import Malformed, read_json
from engine.web.api.problems import Problem
from engine.web.app import Served, served, wake
from engine.web.collect.limits import LIMITS, Minute, network_of
from models import Shop

MOST_BYTES = 32_000
KINDS = ("text/plain", "application/json")  # of a beacon, and of whoever asks first
NEWCOMERS = 10  # one request in so many of an address may be of a visitor not seen before
A_DAY = 86_400


def collect(shop_key: str) -> Response:
    """Answers 200 with counts when it is committed, 422 with what is odd, 429 with when to come again."""
    shop, pages = _shop(shop_key)
    if request.headers.get("Origin") not in pages.origins:
        raise Problem(403, "pages.origins of config.yaml does not name the page that this comes from")
    g.told_by = request.headers["Origin"]
    if request.method == "OPTIONS":
        return Response(status=204)
    here, caller = served(), network_of(request.remote_addr)
    _limit("address", caller, pages.address_a_minute, "this address")
    batch = _batch(here, shop)
    _limit("visitor", key_of(batch.visitor), pages.visitor_a_minute, "this visitor", 1 + len(batch.events))
    row = bulk.fetch(here.store, Shop, ("id",), "key", [shop.shop])
    if not row:
        raise Problem(404, "no shop of this server is called so")
    shop_id: int = row[0][0]
    if not is_known(here.store, shop_id, batch):
        _limit("newcomer", caller, max(1, pages.address_a_minute // NEWCOMERS), "new visitors")
    try:
        kept = keep_batch(here.store, here.config, shop, shop_id, batch, here.clock.now())
    except Moved:
        raise Problem(
            503, "others are writing of this visitor; send it again", headers={"Retry-After": "1"}
        ) from None
    tallies.add("page_events", len(batch.events))
    wake(current_app)
    said = {"accepted": kept.accepted, "unchanged": kept.unchanged, "tied": kept.tied}
    if kept.not_believed:
        said["not_believed"] = kept.not_believed
    return Response(json.dumps(said), 200, mimetype="application/json")


def add_cors(response: Response) -> Response:
    """Lets the page that asked read the answer, be it good or bad, where it may ask at all; never with credentials."""
    if request.path.startswith("/collect/"):
        response.headers["Vary"] = "Origin"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if "told_by" in g:
            response.headers["Access-Control-Allow-Origin"] = g.told_by
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        if "told_by" in g and request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "POST"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
            response.headers["Access-Control-Max-Age"] = str(A_DAY)
    return response


def _shop(key: str) -> tuple[ShopConfig, Pages]:
    try:
        shop = served().config.shop(key)
    except ConfigError:
        raise Problem(404, "no shop of this server is called so") from None
    if shop.pages is None:
        raise Problem(404, "config.yaml names no pages for this shop")
    return shop, shop.pages


def _limit(kind: str, who: str, most: int, name: str, cost: int = 1) -> None:
    minute: Minute = current_app.extensions[LIMITS]
    wait = minute.take(kind, who, most, cost)
    if wait:
        tallies.add("page_requests_limited", by=kind)
        raise Problem(429, f"too much from {name} in this minute", headers={"Retry-After": str(wait)})


def _batch(here: Served, shop: ShopConfig) -> Batch:
    """Reads the body; raises a problem with every field that is odd."""
    if request.mimetype not in KINDS:
        raise Problem(415, "send text/plain or application/json")
    request.max_content_length = MOST_BYTES
    try:
        body = request.get_data(cache=False)
        sent = read_json(body)
    except RequestEntityTooLarge:
        raise Problem(413, f"a batch has at most {MOST_BYTES} bytes") from None
    except Malformed as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    if request.content_length is None and len(body) >= MOST_BYTES:
        raise Problem(413, f"a batch has at most {MOST_BYTES} bytes")
    batch, found = BATCH.check(sent, reading_for(here.config, shop, here.clock.now()))
    if batch is None:
        raise IntakeError(f"{len(found)} problem(s): {found[0][0] or '/'}: {found[0][1]}", found)
    return batch
