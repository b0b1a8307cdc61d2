"""How each endpoint of webhooks out fares; one that the server has paused is told among the troubles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.clock import moment
from engine.config import Config
from engine.doctor.finding import Finding, ok
from models import Endpoint, Shop

ABOUT = "webhooks"


def endpoints(shop: Shop, config: Config) -> Iterator[Finding]:
    """Says of each endpoint that config.yaml names for a shop whether it takes what it is told."""
    named = sorted(each.name for one in config.shops if one.shop == shop.key for each in one.endpoints)
    kept = {row.name: row for row in Endpoint.select().where(Endpoint.shop == shop.id)} if named else {}
    for name in named:
        yield from _fares(f"{name} of {shop.key}", kept.get(name))


def _fares(name: str, row: Any) -> Iterator[Finding]:
    if row is None or (row.last_at is None and row.failing_since_at is None):
        yield ok(ABOUT, f"{name} was never told anything")
    elif row.paused_at is not None and row.paused_why == "by_hand":
        yield Finding(
            "note",
            ABOUT,
            f"{name} is paused by hand since {_when(row.paused_at)}",
            "resume it on the console's page Webhooks",
        )
    elif row.paused_at is None and row.failing_since_at is not None:
        said = f"{name} has taken nothing since {_when(row.failing_since_at)}: {row.error}"
        yield Finding("warning", ABOUT, said, "the console's page Webhooks shows what waits for it")
    elif row.paused_at is None:
        yield ok(ABOUT, f"{name} took the last at {_when(row.last_at)}")


def _when(at: int) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M} UTC"
