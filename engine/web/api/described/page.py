"""GET /docs: the document as one page for people, made here, with nothing from elsewhere and no script at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template_string

HERE = Path(__file__).parent
CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}  # fmt: skip
A_DAY = 86_400


def docs() -> Response:
    """Shows the document: what can be asked, with examples, and the shapes."""
    spec = current_app.extensions["openapi document"]
    text = render_template_string(
        (HERE / "page.html").read_text("utf-8"), spec=spec, kind=kind, written=written, acts=acts(spec)
    )
    return Response(text, headers=HEADERS, mimetype="text/html")


def style() -> Response:
    """Answers the page's style sheet."""
    response = Response((HERE / "page.css").read_bytes(), headers=HEADERS, mimetype="text/css")
    response.headers["Cache-Control"] = f"max-age={A_DAY}"
    return response


def acts(spec: dict[str, Any]) -> list[tuple[dict[str, str], list[tuple[str, str, dict[str, Any]]]]]:
    """Returns the operations by what they are about, in the order of the tags."""
    every = [(method, path, act) for path, found in spec["paths"].items() for method, act in found.items()]
    return [(tag, [one for one in every if tag["name"] in one[2]["tags"]]) for tag in spec["tags"]]


def written(value: Any) -> str:
    """Writes an example as people read JSON; a text stays as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


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
    named = field.get("format") or field.get("type") or "anything"
    if isinstance(named, list):
        return " or ".join(named)
    return str(named)
