"""POST: what a shop sends, with an example that is really accepted, and the way to read it back."""

from __future__ import annotations

import json
from typing import Any

from engine.web.api.described.examples import SENT
from engine.web.api.described.refusals import header, ref, refused
from engine.web.api.receiving import Resource

DESCRIPTION = (
    "One object or a list (`application/json`) is all or nothing: 201, or 422 and nothing is kept. NDJSON goes line by line: "
    "200, and one result a line, in order. A 2xx means that it is committed and durable. The same again changes nothing."
)
COUNTS = {
    "type": "object",
    "description": "How many items changed something, and how many were known already.",
    "required": ["accepted", "unchanged"],
    "properties": {"accepted": {"type": "integer"}, "unchanged": {"type": "integer"}},
}
LINE_RESULT = {
    "type": "object",
    "description": "What became of one line of NDJSON.",
    "required": ["line", "status"],
    "properties": {
        "line": {"type": "integer"}, "status": {"type": "string", "enum": ["accepted", "unchanged", "refused"]},
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["pointer", "detail"],
            "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
        }},
    },
}  # fmt: skip
LINES = {"description": "one object a line; each is checked for itself, so that lines of any kind are taken"}
KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "a request with the same key and body gets the first answer again, for at least a day",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]+$"},
}  # fmt: skip
REPLAYED = {"Idempotent-Replayed": header("`true` where this is the first answer to the same request, again")}


def send(resource: Resource) -> dict[str, Any]:
    """Describes POST /NAME."""
    one, example = ref(resource.checker.shape.__name__), SENT[resource.name]
    lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in (example, example))
    return {
        "operationId": f"send_{resource.name}", "tags": [resource.name], "summary": resource.summary,
        "description": DESCRIPTION, "security": [{"key": [f"{resource.name}:write"]}], "parameters": [KEY],
        "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"anyOf": [one, {"type": "array", "items": one}]}, "examples": {
                "one": {"summary": "one object", "value": example}, "list": {"summary": "a list", "value": [example]},
            }},
            "application/x-ndjson": {"schema": LINES, "example": lines, "x-line": one},
        }},
        "responses": {
            "201": {
                "description": "all of it is committed", "headers": REPLAYED, "links": _links(resource.name),
                "content": {"application/json": {"schema": ref("Counts"), "example": {"accepted": 1, "unchanged": 0}}},
            },
            "200": {"description": "NDJSON: one result a line, in order", "headers": REPLAYED, "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string"}, "x-line": ref("LineResult"),
                    "example": '{"line": 1, "status": "accepted"}\n{"line": 2, "status": "unchanged"}\n',
                },
            }},
            **refused(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
    }  # fmt: skip


def _links(name: str) -> dict[str, Any]:
    """Says how what was sent is read back."""
    links: dict[str, Any] = {}
    if name in SINGLE:
        links["it"] = {"operationId": f"get_{SINGLE[name]}", "parameters": {"id": "$request.body#/id"}}
    if name in ("events", "refunds"):
        links["its_order"] = {"operationId": "get_order", "parameters": {"id": "$request.body#/order"}}
    if name in ("orders", "consents", "events"):
        links["its_customer"] = {
            "operationId": "get_customer",
            "parameters": {"id": "$request.body#/customer/id"},
        }
    return links


SINGLE = {
    "orders": "order", "customers": "customer", "products": "product", "events": "event", "refunds": "refund",
    "messages": "message",
}  # fmt: skip
