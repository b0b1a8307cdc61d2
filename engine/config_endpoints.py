"""The part of config.yaml about Standard Webhooks: who may tell us in our own shapes, and whom we tell."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from engine.config_sending import Strict
from engine.standard_webhooks import demand_secret

Signing = Annotated[str, AfterValidator(demand_secret)]
Signings = Annotated[tuple[Signing, ...], Field(min_length=1, max_length=4)]  # two hold while one is replaced
Happening = Literal[
    "message.sent", "message.clicked", "customer.subscribed", "customer.unsubscribed", "goal.reached"
]
HAPPENINGS: tuple[Happening, ...] = (
    "message.sent", "message.clicked", "customer.subscribed", "customer.unsubscribed", "goal.reached",
)  # fmt: skip


class Native(Strict):
    """How a shop's own code signs what it sends in our shapes."""

    secrets: Signings


class Endpoint(Strict):
    """An address that is told what happens: webhooks out."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    url: str = Field(max_length=2_000)
    secrets: Signings
    events: tuple[Happening, ...] = Field(default=HAPPENINGS, min_length=1)
    with_email: bool = Field(default=False, description="whether events hold the customer's address")
    inside: bool = Field(
        default=False, description="whether the address may be of this machine or its network, and plain http"
    )
    ca_file: str | None = Field(
        default=None, description="a PEM file of authorities to trust beside the machine's"
    )
    timeout_seconds: int = Field(default=10, ge=1, le=60)
    give_up_after_days: int = Field(default=3, ge=1, le=30)
    pause_after_hours: int = Field(default=24, ge=1, le=720, description="of failures without one success")

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        parts = urlsplit(url)  # raises ValueError for brackets that do not match
        if parts.scheme not in ("https", "http") or not parts.hostname or (parts.port or 443) < 1:
            raise ValueError("write an address such as https://crm.example/hooks")
        if parts.username or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("write it without a user, a #, spaces or letters beyond ASCII")
        return url

    @model_validator(mode="after")
    def _in_the_open_only_inside(self) -> Endpoint:
        if not self.inside and not self.url.startswith("https://"):
            raise ValueError("what leaves this network goes over https; `inside: true` allows http within it")
        return self


def demand_names(endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """Returns the endpoints of one shop; raises ValueError where two share a name."""
    names = [endpoint.name for endpoint in endpoints]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two endpoints are called {', '.join(sorted(twice))}")
    return endpoints


Endpoints = Annotated[tuple[Endpoint, ...], AfterValidator(demand_names), Field(max_length=20)]

# where a misspelt setting may stand, for the error that names the nearest one
PLACES: dict[str, type[BaseModel]] = {"native": Native, "endpoints": Endpoint}
