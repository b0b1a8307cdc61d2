"""What shop systems post by themselves: signed, in their own words, often twice and seldom in order."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Adds one address for each shop system, and one for each mail service."""
    from engine.web.webhooks import services
    from engine.web.webhooks.horoshop import horoshop
    from engine.web.webhooks.native import native
    from engine.web.webhooks.shopify import shopify
    from engine.web.webhooks.woocommerce import woocommerce

    for name, view in (("woocommerce", woocommerce), ("shopify", shopify), ("native", native)):
        app.add_url_rule(f"/webhooks/<shop_key>/{name}", f"webhooks.{name}", view, methods=["POST"])
    address = "/webhooks/<shop_key>/horoshop/<secret>/<event>"
    app.add_url_rule(address, "webhooks.horoshop", horoshop, methods=["PUT", "DELETE"])
    services.register(app)
