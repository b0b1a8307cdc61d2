"""The shop's own pages: the script that they load, and the address at which it tells what visitors did."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Adds the script and, for each shop that config.yaml lets tell of visits, its address."""
    from engine.web.collect.limits import LIMITS, Minute
    from engine.web.collect.receiving import add_cors, collect
    from engine.web.collect.script import script

    app.extensions[LIMITS] = Minute()
    app.add_url_rule("/js/regulars.js", "collect.script", script, methods=["GET"])
    app.add_url_rule(
        "/collect/<shop_key>", "collect.collect", collect, methods=["POST", "OPTIONS"],
        provide_automatic_options=False,
    )  # fmt: skip
    app.after_request(add_cors)
