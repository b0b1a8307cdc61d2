"""GET /docs: the document as one page for people, made here, with nothing from elsewhere and no script at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template_string
from markupsafe import Markup, escape

HERE = Path(__file__).parent
CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}  # fmt: skip
A_DAY = 86_400


def docs() -> Response:
    """Shows the document: what can be asked, with examples, and the shapes."""
    spec = current_app.extensions["openapi document"]()
    words = {"kind": kind, "written": written, "plain": plain}
    text = render_template_string(
        (HERE / "page.html").read_text("utf-8"), spec=spec, acts=acts(spec), **words
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


def plain(text: str | None) -> Markup:
    """Writes a description, what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text or ""))))


def kind(field: dict[str, Any]) -> Markup:
    """Says in a few words what a field holds; shapes are links to what is said of them."""
    if "anyOf" in field:
        return Markup(" or ").join(dict.fromkeys(kind(one) for one in field["anyOf"]))
    if "$ref" in field:
        name = str(field["$ref"]).rsplit("/", 1)[-1]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if "enum" in field:
        return escape(" | ".join(map(str, field["enum"])))
    if field.get("type") == "array":
        return Markup("list of {}").format(kind(field.get("items", {})))
    if "properties" in field:
        return escape(f"object of {', '.join(field['properties'])}")
    named = field.get("format") or field.get("type") or "anything"
    return escape(" or ".join(named) if isinstance(named, list) else named)
