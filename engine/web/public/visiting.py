"""Tells the shop's own page who comes by a click in their mail, where the shop has it so and the customer has agreed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from engine.clock import MINUTE
from engine.config import ShopConfig
from engine.consent.standing import NOTHING_SAID, standings
from engine.intake.visits.signed import sign

PARAMETER = "regulars_visit"  # the script takes it out of the address bar
HOLDS = 15 * MINUTE


def with_visit(url: str, shop: ShopConfig, customer: Any, secret: bytes, now: int) -> str:
    """Returns the address with a short-lived word that says whose mail was clicked; only to the shop's own pages."""
    pages = shop.pages
    if pages is None or pages.tie_clicks is None or not secret or _origin(url) not in pages.origins:
        return url
    standing = standings([customer.id], now).get(customer.id, NOTHING_SAID)
    if customer.erased_at is not None or standing.objects or pages.tie_clicks not in standing.consents:
        return url
    word = sign(secret, "click", shop.shop, str(customer.id), now + HOLDS)
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{PARAMETER}={word}{mark}{fragment}"


def _origin(url: str) -> str:
    """Returns an address's origin as browsers write it."""
    parts = urlsplit(url)
    port = {"https": ":443", "http": ":80"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme}://{parts.netloc}".lower().removesuffix(port)
