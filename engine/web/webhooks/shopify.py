"""POST /webhooks/SHOP/shopify. Shopify tries again for hours, repeats itself, and keeps no order among its messages."""

from __future__ import annotations

from flask import Response, request

from engine.intake.connectors.shopify import told
from engine.web.api.problems import Problem
from engine.web.webhooks.receiving import Message, receive, shop_called
from engine.web.webhooks.signed import Proof, by_body


def shopify(shop_key: str) -> Response:
    """Takes one message of a Shopify shop; newer ones have headers without the X."""
    config, shop = shop_called(shop_key)
    settings = config.webhooks.shopify
    if settings is None:
        raise Problem(404, "config.yaml names no webhooks.shopify for this shop")
    signed = by_body(_header("Hmac-Sha256"), settings.secrets)
    proof = signed if settings.domain is None else _of_shop(settings.domain, signed)
    return receive(shop, Message("shopify", _header("Topic") or "", proof), told)


def _of_shop(domain: str, signed: Proof) -> Proof:
    """Returns the proof where one app serves many shops, which all sign with its one secret."""
    said = (_header("Shop-Domain") or "").strip().lower()
    other = None if said == domain else "it is not of the shop that webhooks.shopify.domain names"
    return lambda body, now: signed(body, now) or other


def _header(name: str) -> str | None:
    return request.headers.get(f"X-Shopify-{name}") or request.headers.get(f"Shopify-{name}")
