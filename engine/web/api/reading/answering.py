"""Answers that a client may keep and ask for again: with an ETag, and 304 where nothing has changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, request

JSON = "application/json"


def answer(body: Any, links: dict[str, str] | None = None) -> Response:
    """Answers JSON for the caller alone; the ETag is of the very bytes, so equal ones are equal answers."""
    return told_once(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), JSON, links)


def told_once(
    body: bytes, mimetype: str, links: dict[str, str] | None = None, public: bool = False
) -> Response:
    """Answers bytes with their ETag; 304 without them where `If-None-Match` names it (RFC 9110, 13.1.2)."""
    response = Response(body, mimetype=mimetype)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache" if public else "private, no-cache"
    if not public:
        response.headers["Vary"] = "Authorization"
    if links:
        response.headers["Link"] = ", ".join(f'<{to}>; rel="{rel}"' for rel, to in links.items())
    return response.make_conditional(request)  # type: ignore[return-value]
