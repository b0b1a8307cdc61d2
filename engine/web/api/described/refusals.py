"""What every operation may answer when it does not do what was asked: one shape, one sentence for each status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

Response = dict[str, Any]
POINTER = "a JSON pointer into the body, or /NAME of a query; empty: the request as a whole"
PROBLEM = {
    "type": "object",
    "description": "What is wrong with a request, as RFC 9457 says.",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"},
        "status": {"type": "integer"}, "detail": {"type": "string", "description": "what is wrong, and what to do"},
        "errors": {"type": "array", "minItems": 1, "description": "each place that is wrong", "items": {
            "type": "object", "required": ["pointer", "detail"],
            "properties": {"pointer": {"type": "string", "description": POINTER},
                           "detail": {"type": "string"}},
        }},
    },
}  # fmt: skip
WHY = {
    400: ("malformed: not JSON, a header or a cursor that is none", "the body is not JSON: line 1, column 2: Expecting value"),
    401: ("no key, an unknown one, or a revoked one", "this key is not known or was revoked"),
    403: ("the key lacks the scope, or its shop is gone from config.yaml",
          "this key may not do that: it lacks the scope orders:read"),
    404: ("there is nothing of that name", "this shop has told of nothing with this id among its orders"),
    409: ("a request with this Idempotency-Key is under way",
          "a request with this Idempotency-Key is under way; ask again in a moment"),
    413: ("more bytes or items than `limits` in config.yaml allows",
          "the body is larger than this server takes; send it in parts"),
    415: ("a kind of body that is not taken here",
          "send application/json, or application/x-ndjson for one object a line, not 'text/html'"),
    422: ("refused: `errors` says what and where; nothing was kept",
          "nothing was kept: 1 problem(s): /total: an amount must not be negative"),
    429: ("too many requests; `Retry-After` says when to come again", "too many requests; wait 7 seconds"),
    503: ("the store is away; send it again", "the store cannot serve now, and nothing was kept; send it again"),
}  # fmt: skip
HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "how to prove who asks"},
    409: {"Retry-After": "seconds to wait"},
    429: {"Retry-After": "seconds to wait"},
    503: {"Retry-After": "seconds to wait"},
}


def refused(*statuses: int, **said: str) -> dict[str, Response]:
    """Returns the responses of these statuses; `said` words some differently, as s404="…"."""
    return {
        str(status): _refusal(status, said.get(f"s{status}", WHY[status][0])) for status in sorted(statuses)
    }


def _refusal(status: int, description: str) -> Response:
    detail = WHY[status][1]
    place = {"pointer": "/total", "detail": "an amount must not be negative"}
    example = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail,
        "errors": [place if status == 422 else {"pointer": "", "detail": detail}],
    }  # fmt: skip
    told: Response = {
        "description": description,
        "content": {"application/problem+json": {"schema": ref("Problem"), "example": example}},
    }
    if status in HEADERS:
        told["headers"] = {name: header(text) for name, text in HEADERS[status].items()}
    return told


def ref(name: str) -> dict[str, str]:
    """Points to a shape of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def header(description: str) -> dict[str, Any]:
    """Describes a header of a response."""
    return {"description": description, "schema": {"type": "string"}}
