"""The part of config.yaml about shop systems: which may tell of a shop, how they sign, and which are asked."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from engine.config_endpoints import PLACES, Native
from engine.config_sending import Strict

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Secrets = Annotated[tuple[Annotated[str, Field(min_length=8)], ...], Field(min_length=1, max_length=4)]
Status = Literal["pending", "paid", "shipped", "delivered", "cancelled", "failed"]
Statuses = Annotated[
    dict[str, Status],
    Field(default_factory=dict, description="which of our statuses the shop's own ones are"),
]
PATH_SECRET = r"^[A-Za-z0-9_-]{20,200}$"  # it stands in an address: nothing in it may need escaping


def _private_way(url: str) -> str:
    """Checks that a key does not travel unencrypted; raises ValueError with the remedy."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.query or parts.fragment or not host:
        raise ValueError("write a plain address such as https://shop.example")
    if parts.scheme != "https" and not _is_this_machine(host):
        raise ValueError("the key would go unencrypted: write https://")
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Address = Annotated[str, StringConstraints(pattern=r"^https?://\S+$"), AfterValidator(_private_way)]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class WooCommerce(Strict):
    """How a WooCommerce shop signs what it sends; two secrets while one is replaced by another."""

    secrets: Secrets
    statuses: Statuses
    consents: dict[str, Key] = Field(
        default_factory=dict, description="fields of an order's meta data that mean consent to a purpose"
    )


class Shopify(Strict):
    """How a Shopify shop signs what it sends; of an app that many shops use, only one is meant."""

    secrets: Secrets
    domain: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$",
        description="the one shop that may tell",
    )


class Horoshop(Strict):
    """Horoshop signs nothing: who knows the address with its secret may tell."""

    secrets: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=PATH_SECRET)], ...], Field(min_length=1, max_length=4)
    ]
    statuses: Statuses


class Webhooks(Strict):
    """The shop systems that may tell this server of one shop."""

    woocommerce: WooCommerce | None = None
    shopify: Shopify | None = None
    horoshop: Horoshop | None = None
    native: Native | None = None


class PullWooCommerce(Strict):
    """Where a WooCommerce shop is asked what its webhooks may have lost, with a key that may only read."""

    url: Address
    key: str = Field(min_length=8, pattern=r"^[!-9;-~]+$", description="the consumer key")
    secret: str = Field(min_length=8, pattern=r"^[!-~]+$", description="the consumer secret")
    every_minutes: Minutes = 15
    overlap_minutes: Minutes = 10


class PullBaseLinker(Strict):
    """How BaseLinker is asked, which of its statuses are which of ours, and whose orders count."""

    token: str = Field(min_length=8, pattern=r"^[!-~]+$")
    url: Address = "https://api.baselinker.com/connector.php"
    statuses: Statuses
    sources: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field(
        default=("shop",), min_length=1, description="order sources whose buyers are the shop's own"
    )
    every_minutes: Minutes = 5
    overlap_minutes: Minutes = 60
    look_back_days: int = Field(
        default=30, ge=1, le=365, description="how far back orders are read again where there is no journal"
    )


class Pull(Strict):
    """The shop systems that this server asks by itself."""

    woocommerce: PullWooCommerce | None = None
    baselinker: PullBaseLinker | None = None


class _AnyWooCommerce(PullWooCommerce, WooCommerce):
    """The settings of both sections of that name."""


# where a misspelt setting may stand, for the error that names the nearest one
PARTS: dict[str, type[BaseModel]] = {
    "webhooks": Webhooks,
    "woocommerce": _AnyWooCommerce,
    "shopify": Shopify,
    "horoshop": Horoshop,
    "pull": Pull,
    "baselinker": PullBaseLinker,
    **PLACES,
}
