"""The shape of what /js/regulars.js sends: a few things that one visitor did, and nothing that anybody else could be."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import Field, model_validator

from engine.intake.checking import Checker
from engine.intake.reading import Category, Id, Name, Quantity, refuse, text
from engine.intake.shapes import Shape, VisitorId

MOST_EVENTS, MOST_TIES = 50, 5
LONGEST_PAGE = 300
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
AGO = 10**15  # milliseconds: a browser's clock may say anything
Page = Annotated[str, Field(pattern=r"^/", max_length=2000)]


class Did(Shape):
    """One thing that a visitor did: saw a page, put something into the cart, searched, or left the page."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{4,24}$")]
    did: Literal["view", "cart", "search", "leave"]
    ago: Annotated[int, Field(ge=-AGO, le=AGO)] = 0
    page: Page
    product: Id | None = None
    category: Category | None = None
    brand: Name | None = None
    quantity: Quantity | None = None
    words: Annotated[str, text(200, min_length=1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Did:
        if self.did == "cart" and self.product is None:
            raise refuse("what was put into the cart needs a product")
        if self.did == "search" and self.words is None:
            raise refuse("a search needs words")
        return self


class Tie(Shape):
    """A signed word that says who the visitor is."""

    by: Literal["identify", "order", "click"]
    token: Annotated[str, Field(max_length=1000)]


class Batch(Shape):
    """What one visitor did in one visit."""

    visitor: VisitorId
    visit: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,32}$")]
    device: Literal["phone", "tablet", "computer"]
    site: Annotated[str, text(255)] | None = None
    source: Annotated[str, text(100)] | None = None
    medium: Annotated[str, text(100)] | None = None
    campaign: Annotated[str, text(100)] | None = None
    events: Annotated[list[Did], Field(max_length=MOST_EVENTS)] = Field(default_factory=list)
    ties: Annotated[list[Tie], Field(max_length=MOST_TIES)] = Field(default_factory=list)
    withdraw: bool = False


BATCH = Checker(Batch)


def key_of(visitor: str) -> str:
    """Returns what stands for a browser here: whoever reads the store cannot speak in its name."""
    return f"visitor:{hashlib.sha256(visitor.encode()).hexdigest()}"


def plain_page(page: str) -> str:
    """Returns a page's path as it is kept: without question and fragment, and without addresses of people in it."""
    path = re.split(r"[?#]", page, maxsplit=1)[0]
    parts = ["…" if "@" in unquote(part) else part for part in path.split("/")]
    return CONTROL.sub("", "/".join(parts))[:LONGEST_PAGE]
