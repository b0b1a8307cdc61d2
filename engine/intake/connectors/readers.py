"""Which file reads what a source sends, by its name in config.yaml's `webhooks`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.config import ShopConfig
from engine.intake.connectors import baselinker, horoshop, native, shopify, woocommerce
from engine.intake.connectors.told import Told

Read = Callable[[str, Any], Told]


def reader_of(shop: ShopConfig, source: str) -> Read | None:
    """Returns what reads a topic and its message for a shop, or None where config.yaml does not name the source."""
    hooks = shop.webhooks
    if source == "baselinker" or (source == "woocommerce" and hooks.woocommerce is None):
        return None if getattr(shop.pull, source) is None else pulled_reader(shop, source)
    if source == "woocommerce":
        return partial(_woocommerce, hooks.woocommerce)
    if source == "horoshop" and hooks.horoshop is not None:
        return partial(horoshop.told, statuses=hooks.horoshop.statuses, zone=shop.timezone)
    if source == "native" and hooks.native is not None:
        return native.told
    return shopify.told if source == "shopify" and hooks.shopify is not None else None


def pulled_reader(shop: ShopConfig, source: str) -> Read:
    """Returns what reads what a shop system answers with when it is asked."""
    if source == "baselinker":
        settings = shop.pull.baselinker
        assert settings is not None
        return partial(_baselinker, settings)
    return partial(_woocommerce, shop.webhooks.woocommerce)


def named(shop: ShopConfig) -> list[str]:
    """Lists the sources that config.yaml names for a shop."""
    known = ("woocommerce", "shopify", "baselinker", "horoshop", "native")
    return [source for source in known if reader_of(shop, source) is not None]


def _baselinker(settings: Any, topic: str, sent: Any) -> Told:
    return baselinker.told(topic, sent, settings)


def _woocommerce(settings: Any, topic: str, sent: Any) -> Told:
    statuses, consents = (settings.statuses, settings.consents) if settings else ({}, {})
    return woocommerce.told(topic, sent, statuses, consents)
