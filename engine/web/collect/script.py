"""GET /js/regulars.js: the one script that a shop's pages load; the same for every shop, and without a cookie."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, request

from engine.web.pages import STATIC

AN_HOUR = 3600


@lru_cache(maxsize=1)
def text() -> bytes:
    """Returns the script without its comments and indentation, as it is served."""
    lines = (line.strip() for line in (STATIC / "regulars.js").read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()


def script() -> Response:
    """Answers the script; any page may load it, and keep it for an hour."""
    answer = Response(text(), mimetype="text/javascript")
    answer.headers["Access-Control-Allow-Origin"] = "*"  # for those who pin it with `integrity`
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.cache_control.public, answer.cache_control.max_age = True, AN_HOUR
    answer.add_etag()
    answer.make_conditional(request)
    return answer
