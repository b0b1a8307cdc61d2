"""What endpoints are posted, for generators: the `webhooks` of the document. Source: OpenAPI 3.1.0, 4.8.1."""

from __future__ import annotations

from typing import Any

from engine.config_endpoints import HAPPENINGS

TEXT: dict[str, Any] = {"type": "string"}
MAYBE: dict[str, Any] = {"type": ["string", "null"]}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
MAIL = {"message": TEXT, "rule": TEXT, "purpose": TEXT, "template": TEXT, "variant": MAYBE}
CHOICE = {"purpose": TEXT, "source": MAYBE}
SAID = {
    "message.sent": ("the relay took a mail", MAIL),
    "message.clicked": ("a person followed a link of a mail for the first time", MAIL),
    "customer.subscribed": ("a purpose of consent holds now and did not before", CHOICE),
    "customer.unsubscribed": ("a purpose of consent was withdrawn", CHOICE),
    "goal.reached": ("what a rule is for has happened after its mail", {**MAIL, "goal": TEXT, "sent_at": MOMENT}),
}  # fmt: skip
EXAMPLE = {
    "message": "812", "rule": "lens-refill", "purpose": "marketing", "template": "plain", "variant": None,
    "source": "unsubscribe", "goal": "ordered", "sent_at": "2026-03-01T11:00:00.000Z",
}  # fmt: skip
HEADERS = {
    "webhook-id": ("the same for every attempt: by it a repetition is known", TEXT),
    "webhook-timestamp": ("when it was tried, in seconds since 1970", TEXT),
    "webhook-signature": ("v1,BASE64, perhaps several with a space between: Standard Webhooks", TEXT),
}


def happenings() -> dict[str, Any]:
    """Returns one act for each kind of event."""
    return {kind: {"post": _act(kind)} for kind in HAPPENINGS}


def _act(kind: str) -> dict[str, Any]:
    when, fields = SAID[kind]
    headers = [
        {"name": name, "in": "header", "required": True, "description": said, "schema": schema}
        for name, (said, schema) in HEADERS.items()
    ]
    return {
        "operationId": kind.replace(".", "_"), "tags": ["webhooks"], "summary": f"{kind}: {when}", "parameters": headers,
        "security": [], "requestBody": {"required": True, "content": {"application/json": {
            "schema": _shape(kind, fields), "example": _example(kind, fields),
        }}},
        "responses": {
            "2XX": {"description": "taken"},
            "410": {"description": "gone: the endpoint is paused"},
            "default": {"description": "tried again later"},
        },
    }  # fmt: skip


def _shape(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    data = {
        "shop": TEXT,
        "customer": {**MAYBE, "description": "the shop's own id; null for a guest"},
        **fields,
    }
    email = {"email": {**MAYBE, "description": "only where `with_email` is set"}}
    inner = {"type": "object", "required": list(data), "properties": {**data, **email}}
    return {
        "type": "object", "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": kind}, "timestamp": MOMENT, "data": inner},
    }  # fmt: skip


def _example(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    data = {"shop": "optyk", "customer": "c1", **{name: EXAMPLE[name] for name in fields}}
    return {"type": kind, "timestamp": "2026-03-04T17:40:00.000Z", "data": data}
