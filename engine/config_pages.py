"""The part of config.yaml about the shop's own pages: which may tell of visits, who signs, how much is taken."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from engine.config_sending import Strict

ORIGIN = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")


def _origin(text: str) -> str:
    """Checks that a text is an origin as browsers write it; raises ValueError with the remedy."""
    if not ORIGIN.fullmatch(text):
        raise ValueError(f"{text!r} is no origin: write https://shop.example, small letters, no path, no *")
    return text


class Pages(Strict):
    """The pages of a shop on which /js/regulars.js stands; without it nothing of a visit is taken."""

    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(min_length=1, max_length=50)
    secrets: tuple[Annotated[str, StringConstraints(min_length=16)], ...] = Field(
        default=(), max_length=4, description="with which the shop's server signs who a visitor is"
    )
    tie_clicks: str | None = Field(
        default=None, description="the purpose of consent under which a click in our mail tells who visits"
    )
    visitor_a_minute: int = Field(default=300, ge=1, le=10_000, description="events of one visitor")
    address_a_minute: int = Field(default=600, ge=1, le=100_000, description="requests of one address")


def demand_known(asked: Iterable[Pages | None], purposes: Iterable[str]) -> None:
    """Raises ValueError where clicks are to be tied under a purpose that nobody can consent to."""
    known = [purpose for purpose in purposes if purpose != "transactional"]
    for name in (pages.tie_clicks for pages in asked if pages and pages.tie_clicks):
        if name not in known:
            raise ValueError(
                f"pages.tie_clicks: no purpose is called {name!r}; known: {', '.join(known)}; "
                "add it to purposes:"
            )
