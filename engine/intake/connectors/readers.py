"""Which file reads what a source sends, by its name in config.yaml's `webhooks`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.config import ShopConfig
from engine.intake.connectors import native, shopify, woocommerce
from engine.intake.connectors.told import Told

Read = Callable[[str, Any], Told]


def reader_of(shop: ShopConfig, source: str) -> Read | None:
    """Returns what reads a topic and its message for a shop, or None where config.yaml does not name the source."""
    woo, shopify_ = shop.webhooks.woocommerce, shop.webhooks.shopify
    if source == "woocommerce" and woo is not None:
        return partial(_woocommerce, woo)
    if source == "native" and shop.webhooks.native is not None:
        return native.told
    return shopify.told if source == "shopify" and shopify_ is not None else None


def named(shop: ShopConfig) -> list[str]:
    """Lists the sources that config.yaml names for a shop."""
    return [source for source in ("woocommerce", "shopify", "native") if reader_of(shop, source) is not None]


def _woocommerce(settings: Any, topic: str, sent: Any) -> Told:
    return woocommerce.told(topic, sent, settings.statuses, settings.consents)
