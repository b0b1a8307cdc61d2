"""Requests of any kind to every address that is open to the world: real ones, bent ones, and pure nonsense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import quote

from tests.fuzz.calls import Call
from tests.fuzz.odd import GARBAGE, KEYS, TEXTS, damaged, odd, written
from tests.fuzz.payloads import JSON, NDJSON, of_a_service, of_a_shop, of_our_own, signature, spoilt
from tests.fuzz.shapes import RESOURCES, ours
from tests.fuzz.words import FIELDS, FORM, HEADERS, KINDS, LENGTHS, METHODS, NAMES
from tests.fuzz.world import MINE, PASSWORD, REVOKED, SECRETS, THEIRS, USER, World


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
    """Asks the API something, with odd parameters."""
    paths = ("/api/v1/coupons", "/api/v1/coupons/LATO-10", f"/api/v1/coupons/{_part(random)}", "/openapi.json",
        "/docs", "/health", "/metrics",
             "/schema/rules.json", f"/schema/{_part(random)}.json", "/api/v1/", f"/api/v1/{_part(random)}")  # fmt: skip
    headers = {"Authorization": f"Bearer {random.choice((MINE, MINE, THEIRS))}"}
    return Call(
        "our API, asked",
        random.choice(("GET", "GET", "GET", "HEAD")),
        random.choice(paths),
        headers=headers,
        query=_query(random),
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
    shop = random.choice(("nobody", "optyk", "mail", _part(random)))
    topic = {
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Signature": signature(raw, SECRETS["drogeria"]["woocommerce"]),
    }
    return Call("shops and services", "POST", f"/webhooks/{shop}/{system}", raw, JSON, topic)


def public(random: Random, world: World) -> Call:
    """Opens or answers a page of a mail, with its token, another's, or one that was spoilt."""
    door = random.choice(("/u/", "/p/", "/w/", "/y/", "/c/"))
    token = random.choice(world.links if door == "/c/" else world.readers)
    if random.random() < 0.4:
        token = random.choice(
            (
                token[:-1],
                token + "x",
                token.swapcase(),
                _part(random),
                token + "/" + _part(random),
                "A" * 22,
                "",
                token + "%00",
            )
        )
    if door == "/c/" or random.random() < 0.4:
        return Call(
            "public pages",
            random.choice(("GET", "GET", "HEAD")),
            door + token,
            query=_query(random),
            headers=_some(random),
        )
    fields = random.choice(FIELDS[door])
    if random.random() < 0.4:
        fields = random.choice((fields + "&" + fields, quote(random.choice(TEXTS).encode("utf-8", "replace")),
            fields + "%00", fields.replace("=", "=%FF", 1),
                                fields.split("=")[0] + "=" + quote(random.choice(TEXTS).encode("utf-8", "replace")),
                                "&" * 2000))  # fmt: skip
    return Call("public pages", "POST", door + token, fields.encode(), FORM, _some(random))


def console(random: Random, world: World) -> Call:
    """Tries the door of the console: guesses passwords, forges tokens, asks for pages without a login."""
    if random.random() < 0.5:
        page = random.choice(("/", "/customers", "/customers/1", "/rules", "/outbox", "/outbox/1/html", "/account",
            "/audit", "/sources", "/mailbox",
                              "/mailbox.json", "/login", "/logout", "/language", "/shop", "/static/console.css",
                              "/static/../engine/store.py",
                              f"/{_part(random)}", f"/customers/{_part(random)}"))  # fmt: skip
        return Call(
            "console, outside",
            random.choice(METHODS),
            page,
            query=_query(random),
            headers=_some(random),
            caller="203.0.113.7",
        )
    email, password = (
        random.choice((USER, "nobody@example.com", random.choice(TEXTS))),
        random.choice((PASSWORD, "guess", random.choice(TEXTS))),
    )
    fields = {
        "email": email,
        "password": password,
        "csrf_token": random.choice((world.csrf, "", "x")),
        "next": random.choice(("", "//evil.example", "/")),
    }
    body = "&".join(
        f"{name}={quote(value.encode('utf-8', 'replace'))}"
        for name, value in fields.items()
        if random.random() < 0.9
    )
    headers = {"Cookie": world.session} if random.random() < 0.7 else _some(random)
    caller = f"198.51.100.{random.randrange(256)}"
    return Call(
        "console, login",
        "POST",
        random.choice(("/login", "/login", "/logout", "/language")),
        body.encode(),
        FORM,
        headers,
        caller=caller,
    )


def anywhere(random: Random, world: World) -> Call:
    """Asks any address that the application knows, by any method, with any parts and parameters."""
    rule = random.choice(list(world.addresses))
    path = "".join(part if fixed else _part(random) for fixed, part in rule)
    body = random.choice((b"", b"", random.choice(GARBAGE), b"a=1&b=%00"))
    return Call(
        "any address",
        random.choice(METHODS),
        path,
        body,
        random.choice(KINDS),
        _some(random),
        _query(random),
        caller="203.0.113.7",
    )


def inside(random: Random, world: World) -> Call:
    """Asks the pages of the console as somebody who may, with odd numbers and parameters; changes little."""
    rule = random.choice(list(world.addresses))
    path = "".join(part if fixed else _part(random) for fixed, part in rule)
    if path.startswith("/logout"):
        path = "/account"
    method = "GET" if random.random() < 0.8 else "POST"
    fields = {name: random.choice(TEXTS) for name in random.sample(NAMES, 3)} | {"csrf_token": world.csrf}
    body = "&".join(
        f"{name}={quote(value.encode('utf-8', 'replace'))}" for name, value in fields.items()
    ).encode()
    return Call(
        "console, inside",
        method,
        path,
        body if method == "POST" else b"",
        FORM if method == "POST" else None,
        {"Cookie": world.inside},
        _query(random),
    )


def disguised(random: Random, call: Call) -> Call:
    """Spoils a request as a whole: its method, kind, length, headers, query or bytes. What was denied before stays so."""
    headers = call.headers | _some(random)
    way = random.choice(
        ("method", "kind", "length", "headers", "headers", "query", "bytes", "chunked", "big")
    )
    if way == "headers" or (call.denied and way in ("method", "length", "big", "bytes")):
        return replace(call, headers=headers, denied=False)
    new: dict[str, Any] = {
        "method": lambda: {"method": random.choice(METHODS)}, "kind": lambda: {"kind": random.choice(KINDS)},
        "length": lambda: {"length": random.choice(LENGTHS)}, "query": lambda: {"query": _query(random)},
        "bytes": lambda: {"body": damaged(random, call.body)}, "chunked": lambda: {"chunked": True},
        "big": lambda: {"body": call.body + b" " * random.choice((1_000_000 - len(call.body) % 1_000_000, 1_000_001))},
    }[way]()  # fmt: skip
    return replace(call, **new, denied=False)


def _some(random: Random) -> dict[str, str]:
    return {
        name: random.choice(HEADERS[name]) for name in random.sample(sorted(HEADERS), random.randrange(3))
    }


def _part(random: Random) -> str:
    """Returns a part of a path: a number or name that is there, or nonsense."""
    known = ("1", "2", "3", "0", "-1", "optyk", "drogeria", "lens-refill", "thank-you", "anna", "1001", "ACU-30",
        "woocommerce", "LATO-10", "rules", "9" * 18,
             "9223372036854775807", "9223372036854775808", "1.5", "%00", "%FF", "%C3", "..", "%2F", "a" * 2000,
             "orders", "x%0d%0aSet-Cookie:%20a=b")  # fmt: skip
    return (
        random.choice(known)
        if random.random() < 0.75
        else quote(random.choice(TEXTS).encode("utf-8", "replace"))
    )


def _query(random: Random) -> str:
    if random.random() < 0.5:
        return ""
    pairs = (
        (random.choice((*NAMES, *KEYS)), random.choice((*TEXTS, "1", "2026-01-01", "0", "100")))
        for _ in range(random.randrange(1, 4))
    )
    return "&".join(
        f"{quote(name.encode('utf-8', 'replace'))}={quote(value.encode('utf-8', 'replace'))}"
        for name, value in pairs
    )


Maker = Callable[[Random, World], Call]
MAKERS: tuple[Maker, ...] = (
    api,
    reading,
    denied,
    lambda r, _: of_a_shop(r),
    of_a_service,
    public,
    console,
    anywhere,
    inside,
)
WEIGHTS = (34, 5, 6, 14, 8, 12, 6, 11, 4)
