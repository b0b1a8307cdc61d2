"""What else answers at this server: what watches it, this document, and what shop systems, mail services and browsers tell."""

from __future__ import annotations

from typing import Any

from engine.web.api.described.reading import ETAG, IF_NONE_MATCH, UNCHANGED
from engine.web.api.described.refusals import refused

Act = dict[str, Any]
ANY_JSON = {"type": "object"}
SIGNED = (200, 400, 401, 404, 413, 422, 503)
SHOP = {
    "name": "shop_key", "in": "path", "required": True, "description": "the shop's key in config.yaml",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[^/\\x00-\\x1f\\x7f]+$"}, "example": "demo",
}  # fmt: skip
COUNTED = {
    "type": "object", "description": "counts by what became of it, or why nothing was done",
    "additionalProperties": {"type": ["integer", "string"]},
}  # fmt: skip


def watching() -> dict[str, Act]:
    """Describes what needs no key."""
    health = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"type": "string"}, "store": {"type": "string"}},
    }
    return {
        "/health": _get("health", "watching", "Say whether the store can be reached", "For load balancers.", {
            "200": _json("the store answers", health, {"status": "ok"}),
            "503": _json("it does not", health, {"status": "down", "store": "OperationalError"}),
        }),
        "/metrics": _get("metrics", "watching", "Numbers for Prometheus", "Counts of what happened; nobody is named.", {
            "200": {"description": "the text format of Prometheus", "content": {
                "text/plain": {"schema": {"type": "string"}, "example": "regulars_orders_total 1.0\n"}}},
            **refused(503),
        }),
        "/openapi.json": _get("openapi", "watching", "This document", "It changes with the version of the server only.", {
            "200": {**_json("OpenAPI 3.1", {"type": "object"}, {"openapi": "3.1.0"}), "headers": ETAG}, **UNCHANGED,
        }, [IF_NONE_MATCH]),
        "/js/regulars.js": _get("script", "pages", "The script of a shop's own pages", "No cookie, at most 6 kB.", {
            "200": {"description": "the script", "headers": ETAG, "content": {"text/javascript": {"schema": {"type": "string"}}}},
            **UNCHANGED,
        }, [IF_NONE_MATCH]),
    }  # fmt: skip


def telling() -> dict[str, dict[str, Act]]:
    """Describes what shop systems, mail services and visitors' browsers tell, each in its own way proven."""
    found = {f"/webhooks/{{shop_key}}/{name}": _webhook(name, said, SIGNED) for name, said in SYSTEMS.items()}
    native = found["/webhooks/{shop_key}/native"]
    native["responses"] |= refused(409)
    found |= {
        f"/webhooks/mail/{name}": _mail(name) for name in ("ses", "postmark", "mailgun", "sendgrid", "brevo")
    }
    found |= {"/collect/{shop_key}": _collect()}
    return {path: {"post": act} for path, act in found.items()} | {HOROSHOP: _horoshop()}


HOROSHOP = "/webhooks/{shop_key}/horoshop/{secret}/{event}"


def _horoshop() -> dict[str, Act]:
    """Horoshop signs nothing, so the address holds a secret, and the event."""
    word = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[^/\\x00-\\x1f\\x7f]+$"}
    secret = {
        "name": "secret",
        "in": "path",
        "required": True,
        "description": "one of `webhooks.horoshop.secrets`",
        "schema": word,
    }
    event = {
        "name": "event",
        "in": "path",
        "required": True,
        "description": "which hook it is",
        "schema": word,
    }
    said, parameters = "Proven by the secret in the address.", [SHOP, secret, event]
    told = _post(
        "webhook_horoshop", "webhooks", "Take one message of horoshop", said, parameters, ANY_JSON, SIGNED
    )
    over = _post(
        "webhook_horoshop_over",
        "webhooks",
        "Hear that Horoshop has dropped a subscription",
        said,
        parameters,
        ANY_JSON,
        SIGNED,
    )
    del over["requestBody"]
    return {"put": told, "delete": over}


SYSTEMS = {
    "woocommerce": "Signed with `X-WC-Webhook-Signature`.",
    "shopify": "Signed with `X-Shopify-Hmac-Sha256`.",
    "native": "Signed as Standard Webhooks say: `webhook-id`, `webhook-timestamp`, `webhook-signature`.",
}


def _webhook(name: str, said: str, statuses: tuple[int, ...]) -> Act:
    return _post(
        f"webhook_{name}", "webhooks", f"Take one message of {name}", said, [SHOP], ANY_JSON, statuses
    )


def _mail(name: str) -> Act:
    said = f"What {name} tells of mails: bounces, spam reports, unsubscribes. config.yaml says how it proves itself."
    return _post(
        f"mail_{name}", "webhooks", f"Take events of {name}", said, [], {}, (200, 400, 401, 404, 413, 503)
    )  # fmt: skip


def _collect() -> Act:
    said = "A visitor's browser tells what it did; /js/regulars.js calls it. `Origin` must be one of `pages.origins`."
    statuses = (200, 400, 403, 404, 413, 415, 422, 429, 503)
    act = _post("collect", "pages", "Take a batch of page events", said, [SHOP], ANY_JSON, statuses)
    body = act["requestBody"]["content"]
    body["text/plain"] = {"schema": {"type": "string"}}
    return act


def _post(
    name: str, tag: str, summary: str, said: str, parameters: list[Act], body: Act, statuses: tuple[int, ...]
) -> Act:
    good = {"200": _json("committed", COUNTED, {"accepted": 1, "unchanged": 0})}
    return {
        "operationId": name, "tags": [tag], "summary": summary, "description": said, "security": [], "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": good | refused(*statuses[1:], s401="it is not signed, or wrongly", s404="config.yaml names no such thing"),
    }  # fmt: skip


def _get(
    name: str, tag: str, summary: str, said: str, responses: Act, parameters: list[Act] | None = None
) -> Act:
    return {
        "operationId": name, "tags": [tag], "summary": summary, "description": said, "security": [],
        "parameters": parameters or [], "responses": responses,
    }  # fmt: skip


def _json(description: str, schema: Act, example: Any) -> Act:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    }
