"""GET of coupons: what a checkout must know of the codes that mails carry."""

from __future__ import annotations

from typing import Any

from engine.web.api.coupons import MOST, USUAL
from engine.web.api.described.reading import ETAG, IF_NONE_MATCH, UNCHANGED
from engine.web.api.described.refusals import ref, refused
from engine.web.api.described.told import AT, MAYBE, MAYBE_AT, TEXT

Schema = dict[str, Any]
COUPON: Schema = {
    "type": "object",
    "description": "A coupon that a mail carries.",
    "required": ["id", "code", "status", "percent", "valid_until", "expires_at", "rule", "issued_at"],
    "properties": {
        "id": {"type": "integer"}, "code": TEXT,
        "status": {"type": "string", "enum": ["active", "redeemed", "revoked", "expired"]},
        "percent": {"type": "integer"}, "valid_until": {"type": "string", "format": "date"}, "expires_at": AT, "rule": TEXT,
        "pool": MAYBE, "customer": MAYBE, "issued_at": AT, "order": MAYBE, "redeemed_at": MAYBE_AT,
    },
}  # fmt: skip
EXAMPLE = {
    "id": 12, "code": "7YH9-GY7D-N3T", "status": "active", "percent": 10, "valid_until": "2026-03-15",
    "expires_at": "2026-03-15T23:00:00Z", "rule": "win-back", "pool": None, "customer": "c1",
    "issued_at": "2026-03-01T11:00:00Z", "order": None, "redeemed_at": None,
}  # fmt: skip
PAGE: Schema = {
    "type": "object",
    "required": ["coupons", "next"],
    "properties": {
        "coupons": {"type": "array", "items": ref("Coupon")},
        "next": {
            "type": ["integer", "null"],
            "description": "send it back as `after`; null: this is the last page",
        },
    },
}
SECURITY = [{"key": ["coupons:read"]}]


def list_act() -> dict[str, Any]:
    """Describes GET /coupons."""
    number = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    links = {
        "next": {"operationId": "list_coupons", "parameters": {"after": "$response.body#/next"}},
        "first": {"operationId": "get_coupon", "parameters": {"code": "$response.body#/coupons/0/code"}},
    }
    return {
        "operationId": "list_coupons", "tags": ["coupons"], "summary": "List issued coupons, page by page",
        "description": "In the order in which they were issued. Keep the last `id`, and go on from it next time.",
        "security": SECURITY,
        "parameters": [
            {"name": "after", "in": "query", "required": False, "description": "the `next` of the page before", "schema": number},
            {"name": "limit", "in": "query", "required": False, "description": "how many at most", "schema": limit},
            IF_NONE_MATCH,
        ],
        "responses": {
            "200": {"description": "a page", "links": links, "headers": ETAG, "content": {
                "application/json": {"schema": PAGE, "example": {"coupons": [EXAMPLE], "next": None}}}},
            **UNCHANGED, **refused(401, 403, 422, 429, 503, s422="not a number, or too large a one"),
        },
    }  # fmt: skip


def one_act() -> dict[str, Any]:
    """Describes GET /coupons/CODE."""
    code = {
        "name": "code", "in": "path", "required": True, "description": "however it is spelt",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[^/\\x00-\\x1f\\x7f]+$"},
        "example": "7YH9-GY7D-N3T",
    }  # fmt: skip
    return {
        "operationId": "get_coupon", "tags": ["coupons"], "summary": "Show one coupon",
        "description": "Whether a code is good now, and for whom. The checkout must refuse one that is redeemed.",
        "security": SECURITY, "parameters": [code, IF_NONE_MATCH],
        "responses": {
            "200": {"description": "how it stands", "headers": ETAG, "content": {
                "application/json": {"schema": ref("Coupon"), "example": EXAMPLE}}},
            **UNCHANGED, **refused(401, 403, 404, 429, 503, s404="no mail carries such a coupon"),
        },
    }  # fmt: skip
