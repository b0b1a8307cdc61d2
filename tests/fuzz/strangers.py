"""Requests of any kind to every address that is open to the world: real ones, bent ones, and pure nonsense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from tests.fuzz.calls import Call
from tests.fuzz.doors import anywhere, console, inside, part, public, query, some
from tests.fuzz.odd import GARBAGE, KEYS, damaged, odd, written
from tests.fuzz.payloads import (
    JSON,
    NDJSON,
    of_a_service,
    of_a_shop,
    of_a_visitor,
    of_code_and_hooks,
    of_our_own,
    signature,
    spoilt,
)
from tests.fuzz.shapes import RESOURCES, ours
from tests.fuzz.words import ASKED, KINDS, LENGTHS, METHODS
from tests.fuzz.world import MINE, REVOKED, SECRETS, THEIRS, World


def stranger(random: Random, world: World) -> Call:
    """Returns one request, to an address chosen by how much can go wrong there, often spoilt once more as a whole."""
    maker = random.choices(MAKERS, WEIGHTS)[0]
    call = maker(random, world)
    return disguised(random, call) if random.random() < 0.3 else call


def api(random: Random, world: World) -> Call:
    """Returns something for the API: an item that is nearly right, anything as JSON, or no JSON at all."""
    if random.random() < 0.5:
        return of_our_own(random, random.choice((MINE, MINE, MINE, THEIRS)))
    resource, headers = random.choice(RESOURCES), {"Authorization": f"Bearer {MINE}"}
    body = random.choice((
        lambda: random.choice(GARBAGE), lambda: written(random, odd(random)),
        lambda: random.randbytes(random.randrange(200)),
        lambda: written(random, {random.choice((*KEYS, *ours(random,
            resource))): odd(random) for _ in range(random.randrange(6))}),
        lambda: damaged(random, damaged(random, written(random, [ours(random, resource)]))),
        lambda: b"\n".join(random.choice(GARBAGE)[:500] for _ in range(9)),
    ))()  # fmt: skip
    return Call("our API", "POST", f"/api/v1/{resource}", body, random.choice((JSON, JSON, NDJSON)), headers)


def reading(random: Random, world: World) -> Call:
    """Asks the API something, with parameters that it knows and others."""
    begins = ("/api/", "/docs", "/schema", "/health")
    known = [
        address for address in world.addresses if "".join(text for _, text in address).startswith(begins)
    ]
    path = "".join(text if fixed else part(random) for fixed, text in random.choice(known))
    asked = random.choice((query(random), "&".join(random.sample(ASKED, random.randrange(3)))))
    headers = {"Authorization": f"Bearer {random.choice((MINE, MINE, THEIRS))}"}
    return Call(
        "our API, asked", random.choice(("GET", "GET", "GET", "HEAD")), path, headers=headers, query=asked
    )


def denied(random: Random, world: World) -> Call:
    """Sends a good item with a key that is none, or a shop's message to where it is none's."""
    if random.random() < 0.5:
        resource = random.choice(RESOURCES)
        given = random.choice((REVOKED, "rk_none", MINE[:-1], MINE + "x", MINE.upper(), "", "ż", "x" * 4000))
        kind = random.choice(("Bearer", "Bearer", "Basic", "Token", ""))
        headers = {"Authorization": f"{kind} {given}"} if random.random() < 0.9 else {}
        return Call(
            "our API",
            "POST",
            f"/api/v1/{resource}",
            spoilt(random, ours(random, resource)),
            JSON,
            headers,
            denied=True,
        )
    raw, system = (
        spoilt(random, {"id": 1}),
        random.choice(("woocommerce", "shopify", "mail", "postmark", "ses")),
    )
    shop = random.choice(("nobody", "optyk", "mail", part(random)))
    topic = {
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Signature": signature(raw, SECRETS["drogeria"]["woocommerce"]),
    }
    return Call("shops and services", "POST", f"/webhooks/{shop}/{system}", raw, JSON, topic)


def disguised(random: Random, call: Call) -> Call:
    """Spoils a request as a whole: its method, kind, length, headers, query or bytes. What was denied before stays so."""
    headers = call.headers | some(random)
    way = random.choice(
        ("method", "kind", "length", "headers", "headers", "query", "bytes", "chunked", "big")
    )
    if way == "headers" or (call.denied and way in ("method", "length", "big", "bytes")):
        return replace(call, headers=headers, denied=False)
    new: dict[str, Any] = {
        "method": lambda: {"method": random.choice(METHODS)}, "kind": lambda: {"kind": random.choice(KINDS)},
        "length": lambda: {"length": random.choice(LENGTHS)}, "query": lambda: {"query": query(random)},
        "bytes": lambda: {"body": damaged(random, call.body)}, "chunked": lambda: {"chunked": True},
        "big": lambda: {"body": call.body + b" " * random.choice((1_000_000 - len(call.body) % 1_000_000, 1_000_001))},
    }[way]()  # fmt: skip
    return replace(call, **new, denied=False)


Maker = Callable[[Random, World], Call]
MAKERS: tuple[Maker, ...] = (
    api, reading, denied, lambda random, _: of_a_shop(random), of_code_and_hooks, of_a_service,
    lambda random, _: of_a_visitor(random),
    public, console, anywhere, inside,
)  # fmt: skip
WEIGHTS = (30, 7, 6, 12, 5, 7, 5, 11, 5, 8, 4)
