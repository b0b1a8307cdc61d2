"""GET /openapi.json and /docs: the API described by the very shapes that check it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, current_app, render_template_string
from pydantic.json_schema import models_json_schema

from engine.web.api.receiving import Resource

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
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
    "400": "not JSON", "401": "no valid key", "409": "the Idempotency-Key is in use", "413": "too large",
    "415": "not JSON or NDJSON", "422": "refused: `errors` says what and where; nothing was kept", "503": "the store is down",
}  # fmt: skip


def describe(app: Flask, resources: Iterable[Resource]) -> None:
    """Completes the document that APIFlask makes, and adds a page that shows it."""
    known = {resource.name: resource for resource in resources}
    app.config["SECURITY_SCHEMES"] = {"key": {"type": "http", "scheme": "bearer"}}
    app.config["DESCRIPTION"] = "What a shop tells Regulars. docs/api.md says what the fields mean."

    @app.spec_processor  # type: ignore[attr-defined]
    def complete(spec: dict[str, Any]) -> dict[str, Any]:
        return _completed(spec, known)

    app.add_url_rule("/docs", "docs", docs)
    app.view_functions["docs"]._spec = {"hide": True}  # type: ignore[attr-defined]


def _completed(spec: dict[str, Any], known: dict[str, Resource]) -> dict[str, Any]:
    shapes: list[Any] = [(resource.checker.shape, "validation") for resource in known.values()]
    _, definitions = models_json_schema(shapes, ref_template="#/components/schemas/{model}")
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas |= definitions["$defs"] | {"Problem": PROBLEM, "Counts": COUNTS}
    for path, acts in spec["paths"].items():
        resource = known.get(path.removeprefix("/api/v1/"))
        if resource is not None:
            acts["post"] |= _act(resource)
    return spec


def _act(resource: Resource) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{resource.checker.shape.__name__}"}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    kept = {"application/json": {"schema": {"$ref": "#/components/schemas/Counts"}}}
    replayed = {"Idempotency-Replayed": {"schema": {"type": "string"}}}
    line = {"application/x-ndjson": {"schema": {"type": "string"}}}
    return {
        "security": [{"key": []}],
        "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}],
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


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Regulars API</title><style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}
code{background:#f3f3f3;padding:0 .2rem}h2{margin-top:2.5rem}</style>
<h1>Regulars API</h1><p>{{ spec.info.description }} The same for machines: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Send <code>Authorization: Bearer KEY</code>. A body is one object, a list (all or nothing), or NDJSON (line by line).</p>
{% for path, acts in spec.paths.items() %}{% for method, act in acts.items() %}
<h2><code>{{ method|upper }} {{ path }}</code></h2><p>{{ act.summary }}</p>
{% if act.responses %}<table><tr><th>answer<th>meaning</tr>
{% for status, answer in act.responses.items() %}<tr><td><code>{{ status }}</code><td>{{ answer.description }}</tr>{% endfor %}</table>{% endif %}
{% endfor %}{% endfor %}<h1>Shapes</h1>
{% for name, shape in spec.components.schemas.items() %}<h2 id="{{ name }}">{{ name }}</h2><p>{{ shape.description }}</p><table>
<tr><th>key<th>type<th>must</tr>{% for key, field in (shape.properties or {}).items() %}<tr><td><code>{{ key }}</code><td>{{ kind(field) }}
<td>{{ "required" if key in (shape.required or []) }}</tr>{% endfor %}</table>{% endfor %}</html>"""


def docs() -> str:
    """Shows the document as a plain page of our own, with nothing from elsewhere."""
    return render_template_string(PAGE, spec=current_app.spec, kind=kind)  # type: ignore[attr-defined]


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
