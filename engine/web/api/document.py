"""GET /openapi.json and /docs: the API described by the very shapes that check it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import current_app, render_template_string
from pydantic.json_schema import models_json_schema

from engine.web.api.coupons import describe_coupons
from engine.web.api.receiving import Resource

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"},
        "status": {"type": "integer"}, "detail": {"type": "string"},
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["pointer", "detail"],
            "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
        }},
    },
}  # fmt: skip
COUNTS = {
    "type": "object",
    "required": ["accepted", "unchanged"],
    "properties": {"accepted": {"type": "integer"}, "unchanged": {"type": "integer"}},
}
REFUSALS = {
    "400": "not JSON", "401": "no valid key", "403": "the key lacks the scope, or its shop is gone from config.yaml",
    "409": "the Idempotency-Key is in use", "413": "too large", "415": "not JSON or NDJSON",
    "422": "refused: `errors` says what and where; nothing was kept", "503": "the store is down",
}  # fmt: skip


def describe(app: APIFlask, resources: Iterable[Resource]) -> None:
    """Completes the document that APIFlask makes, and adds a page that shows it."""
    known = {resource.name: resource for resource in resources}
    app.config["SECURITY_SCHEMES"] = {"key": {"type": "http", "scheme": "bearer"}}
    app.config["DESCRIPTION"] = "What a shop tells Regulars. docs/api.md says what the fields mean."

    @app.spec_processor
    def complete(spec: Any) -> Any:
        return _completed(spec, known)

    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["SYNC_LOCAL_SPEC"] = False
    pages = APIBlueprint("docs", __name__, enable_openapi=False)
    pages.add_url_rule("/docs", "docs", docs)
    app.register_blueprint(pages)


def _completed(spec: dict[str, Any], known: dict[str, Resource]) -> dict[str, Any]:
    shapes: list[Any] = [(resource.checker.shape, "validation") for resource in known.values()]
    _, definitions = models_json_schema(shapes, ref_template="#/components/schemas/{model}")
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas |= definitions["$defs"] | {"Problem": PROBLEM, "Counts": COUNTS}
    for path, acts in spec["paths"].items():
        resource = known.get(path.removeprefix("/api/v1/"))
        if resource is not None:
            acts["post"] |= _act(resource)
    describe_coupons(spec)
    return spec


def _act(resource: Resource) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{resource.checker.shape.__name__}"}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    kept = {"application/json": {"schema": {"$ref": "#/components/schemas/Counts"}}}
    replayed = {"Idempotency-Replayed": {"schema": {"type": "string"}}}
    line = {"application/x-ndjson": {"schema": {"type": "string"}}}
    key = {"type": "string", "minLength": 1, "maxLength": 255}
    return {
        "security": [{"key": []}],
        "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": key}],
        "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"oneOf": [one, {"type": "array", "items": one}]}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        }},
        "responses": {
            "201": {"description": "all of it is committed", "content": kept, "headers": replayed},
            "200": {"description": "NDJSON: one result a line, in order", "content": line, "headers": replayed},
            **{status: {"description": text, "content": problem} for status, text in REFUSALS.items()},
        },
    }  # fmt: skip


PAGE = Path(__file__).with_name("docs.html")


def docs() -> str:
    """Shows the document as a plain page of our own, with nothing from elsewhere."""
    return render_template_string(PAGE.read_text("utf-8"), spec=current_app.spec, kind=kind)  # type: ignore[attr-defined]


def kind(field: dict[str, Any]) -> str:
    """Says in a few words what a field holds."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(kind(one) for one in field["anyOf"]))
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if field.get("type") == "array":
        return f"list of {kind(field.get('items', {}))}"
    return str(field.get("format") or field.get("type") or "anything")
