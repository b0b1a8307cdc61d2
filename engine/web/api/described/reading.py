"""GET of lists and single items: filters, pages, conditional requests, and the links from one to the other."""

from __future__ import annotations

from typing import Any

from engine.web.api.described.examples import READ
from engine.web.api.described.refusals import header, ref, refused
from engine.web.api.described.sending import SINGLE
from engine.web.api.described.told import list_of
from engine.web.api.reading.asking import LONGEST, MOST, USUAL, Filter
from engine.web.api.reading.listing import LONGEST_ID, Listing

ABOUT_LISTS = (
    'Pages of `limit` items; `next`, and a `Link` header with `rel="next"` (RFC 8288), lead to the next one. A cursor keeps '
    "its place while rows are being added: whatever stays as it is comes once, and what changes meanwhile comes again later."
)
ONE_LINE = "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$"
ETAG = {
    "ETag": header("of the very bytes; send it back in `If-None-Match`"),
    "Cache-Control": header("private, no-cache"),
}
IF_NONE_MATCH = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "an ETag of before: 304 without a body while nothing has changed", "example": '"0123456789abcdef"',
}  # fmt: skip
UNCHANGED = {"304": {"description": "nothing has changed since the answer with this ETag"}}
LIMIT = {
    "name": "limit", "in": "query", "required": False, "description": "how many items a page has at most",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
}  # fmt: skip
CURSOR = {
    "name": "cursor", "in": "query", "required": False, "schema": {"type": "string", "minLength": 1},
    "description": "where the page before ended: its `cursor`, with the same filters",
}  # fmt: skip


def list_act(listing: Listing) -> dict[str, Any]:
    """Describes GET /NAME."""
    example = {listing.name: [READ[listing.name]], "cursor": None, "next": None}
    following = {
        "operationId": f"list_{listing.name}", "parameters": {"cursor": "$response.body#/cursor"},
        "description": "the next page, with the same filters",
    }  # fmt: skip
    links = {"next": following}
    if listing.one is not None:
        links["first"] = {
            "operationId": f"get_{SINGLE[listing.name]}", "description": "the first of them alone",
            "parameters": {"id": f"$response.body#/{listing.name}/0/id"},
        }  # fmt: skip
    return {
        "operationId": f"list_{listing.name}", "tags": [listing.name], "summary": listing.summary,
        "description": ABOUT_LISTS, "security": [{"key": [f"{listing.name}:read"]}],
        "parameters": [*(_parameter(each) for each in listing.filters), LIMIT, CURSOR, IF_NONE_MATCH],
        "responses": {
            "200": {
                "description": "a page", "links": links,
                "headers": {**ETAG, "Link": header('the next page: `</api/v1/…>; rel="next"`')},
                "content": {"application/json": {"schema": list_of(listing.name, listing.item), "example": example}},
            },
            **UNCHANGED, **refused(400, 401, 403, 422, 429, 503, s422="a filter that is not understood; `errors` names it"),
        },
    }  # fmt: skip


def one_act(listing: Listing) -> dict[str, Any]:
    """Describes GET /NAME/ID."""
    name, example = SINGLE[listing.name], READ[listing.name]
    identity = {
        "name": "id", "in": "path", "required": True, "description": "percent-encoded; slashes may stay as they are",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": ONE_LINE}, "example": str(example["id"]),
    }  # fmt: skip
    return {
        "operationId": f"get_{name}", "tags": [listing.name], "summary": listing.only,
        "description": "It can be sent again as it is read, and changes nothing then."
        if listing.name != "messages" else "What became of one mail.",
        "security": [{"key": [f"{listing.name}:read"]}], "parameters": [identity, IF_NONE_MATCH],
        "responses": {
            "200": {
                "description": "as it stands", "headers": ETAG,
                "content": {"application/json": {"schema": ref(listing.item), "example": example}},
            },
            **UNCHANGED, **refused(401, 403, 404, 429, 503),
        },
    }  # fmt: skip


def _parameter(each: Filter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": ONE_LINE}
    if each.moment:
        schema = {"type": "string", "format": "date-time"}
    if each.values:
        schema = {"type": "string", "enum": list(each.values)}
    return {
        "name": each.name, "in": "query", "required": False, "description": each.meaning, "schema": schema,
        "example": each.example,
    }  # fmt: skip
