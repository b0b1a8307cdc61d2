"""The section of config.yaml about API keys: how much one may send in a minute."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from engine.config_sending import Strict

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Rates(Strict):
    """How many requests, and items in them, one key may send in a minute; null: as many as it likes."""

    requests: Number | None
    items: Number | None


class Keys(Strict):
    """The limits of keys that have none of their own.

    A shop's real key is bounded where only a script gone wild comes: at several times what one machine was ever
    measured to take.
    """

    live: Rates = Rates(requests=600_000, items=6_000_000)
    test: Rates = Rates(requests=600, items=60_000)


PARTS: dict[str, type[BaseModel]] = {"keys": Keys, "live": Rates, "test": Rates}
