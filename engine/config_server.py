"""The sections of config.yaml about keeping and serving: how long what is kept, and which proxies are believed."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from engine.config_sending import Strict


def _network(text: str) -> str:
    """Checks that a text names an address or a network; raises ValueError with the remedy."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no address or network of a proxy: write 10.0.0.5 or 10.0.0.0/24"
        ) from error
    return text


Proxies = tuple[Annotated[str, AfterValidator(_network)], ...]
Days = Annotated[int, Field(ge=1, le=36_500)]


class Retention(Strict):
    """How many days what is kept that need not be kept for ever; null: for ever. What forbids a mail always is."""

    messages_days: Annotated[int, Field(ge=100, le=36_500)] | None = Field(
        default=800, description="what a mail said; that it was sent is kept for ever"
    )
    web_events_days: Annotated[int, Field(ge=60, le=36_500)] | None = Field(
        default=400, description="what was viewed, put in the cart and searched for"
    )
    visits_days: Days | None = Field(default=400, description="visits to the shop's pages, with consent")
    strangers_days: Days | None = Field(
        default=60, description="what came of visitors whom nobody knows, since they were last seen"
    )
    notices_days: Days | None = Field(default=14, description="what endpoints were told, to be sent again")
    audit_days: Annotated[int, Field(ge=90, le=36_500)] | None = Field(
        default=None, description="who changed what; the store itself keeps the last 90 days"
    )
    clicks_days: Days | None = Field(default=400, description="who followed a link of a mail")
    links_days: Days | None = Field(
        default=1_100, description="where a counted link leads, since its last mail"
    )
    feedback_days: Days | None = Field(default=800, description="what came back of a mail")
    caught_days: Days | None = Field(default=30, description="mails that the catcher took")
