"""How much a key may send in a minute, counted with each request and told in each answer."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic_ns
from typing import NoReturn

from flask import Response, current_app, g

from engine.config import Config
from engine.config_testing import is_test
from engine.web.api.meter import ITEMS, REQUESTS, Meter, Taken
from engine.web.api.problems import Problem

METER = "meter"  # where the application keeps its own
SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Limits:
    """What one key may send in a minute; `policy` is how the answers tell it."""

    meter: Meter
    key: int
    requests: int | None
    items: int | None
    policy: str


class Told:
    """What a request's answer tells of the limits of its key."""

    __slots__ = ("items", "limits", "requests")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.requests: Taken | None = None
        self.items: Taken | None = None


def limits_of(config: Config, shop: str, key: int, requests: int | None, items: int | None) -> Limits:
    """Returns the limits of a key: its own, else those of config.yaml for keys of its kind."""
    usual = config.keys.test if is_test(shop) else config.keys.live
    requests, items = requests or usual.requests, items or usual.items
    said = {"requests": requests, "items": items}
    policy = ", ".join(f'"{name}";q={number};w=60' for name, number in said.items() if number is not None)
    return Limits(current_app.extensions[METER], key, requests, items, policy)


def count_request(limits: Limits) -> None:
    """Counts one request of a key; raises a 429 problem that says when there is room again."""
    g.limits = told = Told(limits)
    if limits.requests is not None:
        told.requests = limits.meter.take(limits.key, REQUESTS, 1, limits.requests, monotonic_ns())
        if not told.requests.granted:
            _refuse("requests", 1, limits.requests, told.requests)


def count_items(number: int) -> None:
    """Counts the items of the request that is being answered, likewise; before anything of it is written."""
    told: Told = g.limits
    limits = told.limits
    if limits.items is not None and number:
        told.items = limits.meter.take(limits.key, ITEMS, number, limits.items, monotonic_ns())
        if not told.items.granted:
            _refuse("items", number, limits.items, told.items)


def _refuse(what: str, amount: int, a_minute: int, taken: Taken) -> NoReturn:
    if amount > a_minute:
        raise Problem(
            429,
            f"this key may send {a_minute} {what} a minute, and this request alone has {amount}: send it in parts",
        )
    wait = _seconds(taken.room_after)
    raise Problem(
        429, f"this key may send {a_minute} {what} a minute; nothing was kept: send it again in {wait} seconds",
        headers={"Retry-After": str(wait)},
    )  # fmt: skip


def tell(response: Response) -> Response:
    """Writes the limits into an answer, as draft-ietf-httpapi-ratelimit-headers-10 says."""
    told: Told | None = g.get("limits")
    if told is None or not told.limits.policy:
        return response
    said = []
    if told.requests is not None:
        said.append(f'"requests";r={told.requests.left};t={_seconds(told.requests.full_after)}')
    if told.items is not None:
        said.append(f'"items";r={told.items.left};t={_seconds(told.items.full_after)}')
    response.headers.add("RateLimit-Policy", told.limits.policy)
    response.headers.add("RateLimit", ", ".join(said))
    return response


def _seconds(span: int) -> int:
    return max(1, -(-span // SECOND_NS))
