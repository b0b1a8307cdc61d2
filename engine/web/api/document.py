"""GET /openapi.json and /docs: the API described by the very shapes that check it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app
from pydantic.json_schema import models_json_schema

from engine.web.api.described import coupons, others, reading, sending
from engine.web.api.described.happenings import happenings
from engine.web.api.described.limits import with_limits
from engine.web.api.described.page import docs, style
from engine.web.api.described.refusals import PROBLEM
from engine.web.api.described.told import read_shapes
from engine.web.api.reading import LISTINGS
from engine.web.api.reading.answering import told_once
from engine.web.api.receiving import Resource
from engine.web.app import VERSION

ABOUT = (
    "What a shop tells Regulars, and how it reads that back. docs/api.md says what the fields mean. Everything under /api/v1 "
    "wants `Authorization: Bearer KEY`; `server.py keys create` makes keys, each for what its scopes name."
)
TAGS = {
    "orders": "Orders, as often as something of them changes.", "customers": "The shop's own list of customers.",
    "products": "What the shop sells.", "events": "Anything else that happened to a customer.",
    "consents": "The ledger of consent.", "refunds": "Money given back, and goods that came back.",
    "messages": "The mails that were made of all this.", "coupons": "Codes that mails carry.",
    "watching": "The server itself.", "webhooks": "What shop systems and mail services post by themselves.",
    "pages": "The shop's own pages.",
}  # fmt: skip
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "a key of `server.py keys create`; scopes say what it may do",
}
DOCUMENT = "openapi document"


def describe(app: APIFlask, resources: Iterable[Resource]) -> None:
    """Adds the document of the API, and a page that shows it."""
    known = tuple(resources)
    app.extensions[DOCUMENT] = cache(lambda: document_of(known))  # made for the first who asks
    app.json.sort_keys = False  # type: ignore[attr-defined]
    pages = APIBlueprint("docs", __name__, enable_openapi=False)
    pages.add_url_rule("/openapi.json", "openapi", openapi)
    pages.add_url_rule("/docs", "docs", docs)
    pages.add_url_rule("/docs/style.css", "style", style)
    app.register_blueprint(pages)


def openapi() -> Response:
    """Answers the document; it is the same for everybody."""
    text = json.dumps(current_app.extensions[DOCUMENT](), ensure_ascii=False, separators=(",", ":"))
    return told_once(text.encode(), "application/json", public=True)


def document_of(resources: Iterable[Resource]) -> dict[str, Any]:
    """Returns the whole document."""
    known = tuple(resources)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Regulars", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": _paths(known),
        "webhooks": happenings(),
        "components": {"schemas": _schemas(known), "securitySchemes": {"key": KEY}},
    }


def _paths(resources: tuple[Resource, ...]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {
        f"/api/v1/{one.name}": {"post": sending.send(one)} for one in resources
    }
    for listing in LISTINGS:
        path = f"/api/v1/{listing.name}"
        paths.setdefault(path, {})["get"] = reading.list_act(listing)
        if listing.one is not None:
            paths[f"{path}/{{id}}"] = {"get": reading.one_act(listing)}
    paths["/api/v1/coupons"] = {"get": coupons.list_act()}
    paths["/api/v1/coupons/{code}"] = {"get": coupons.one_act()}
    paths |= {path: {"get": act} for path, act in others.watching().items()}
    return with_limits(paths | others.telling())


def _schemas(resources: tuple[Resource, ...]) -> dict[str, Any]:
    shapes: list[Any] = [(resource.checker.shape, "validation") for resource in resources]
    _, definitions = models_json_schema(shapes, ref_template="#/components/schemas/{model}")
    sent: dict[str, Any] = definitions["$defs"]
    told = {
        "Counts": sending.COUNTS,
        "LineResult": sending.LINE_RESULT,
        "Coupon": coupons.COUPON,
        "Problem": PROBLEM,
    }
    return sent | read_shapes(sent) | told
