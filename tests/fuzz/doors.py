"""Requests to the pages that people open: behind a mail's links, before the console's login, and behind it."""

from __future__ import annotations

from random import Random
from urllib.parse import quote

from tests.fuzz.calls import Call
from tests.fuzz.odd import GARBAGE, KEYS, TEXTS
from tests.fuzz.words import FIELDS, FORM, HEADERS, KINDS, METHODS, NAMES, PAGES, PARTS
from tests.fuzz.world import MINE, PASSWORD, USER, World

OUTSIDE = "203.0.113.7"  # no page opens by itself for a machine that is not this one


def public(random: Random, world: World) -> Call:
    """Opens or answers a page of a mail, with its token, another's, or one that was spoilt."""
    door = random.choice(("/u/", "/p/", "/w/", "/y/", "/c/"))
    token = random.choice(world.links if door == "/c/" else world.readers)
    if random.random() < 0.4:
        odd = (
            token[:-1],
            token + "x",
            token.swapcase(),
            part(random),
            f"{token}/{part(random)}",
            "A" * 22,
            "",
            token + "%00",
        )
        token = random.choice(odd)
    if door == "/c/" or random.random() < 0.4:
        method = random.choice(("GET", "GET", "HEAD"))
        return Call("public pages", method, door + token, headers=some(random), query=query(random))
    fields = random.choice(FIELDS[door])
    if random.random() < 0.4:
        text = _quoted(random.choice(TEXTS))
        one = fields.split("=")[0] + "=" + text
        fields = random.choice(
            (f"{fields}&{fields}", text, fields + "%00", fields.replace("=", "=%FF", 1), one, "&" * 2000)
        )
    return Call("public pages", "POST", door + token, fields.encode(), FORM, some(random))


def console(random: Random, world: World) -> Call:
    """Tries the door of the console: guesses passwords, forges tokens, asks for pages without a login."""
    if random.random() < 0.5:
        page = random.choice((*PAGES, f"/{part(random)}", f"/customers/{part(random)}"))
        return Call(
            "console, outside",
            random.choice(METHODS),
            page,
            headers=some(random),
            query=query(random),
            caller=OUTSIDE,
        )
    fields = {
        "email": random.choice((USER, "nobody@example.com", random.choice(TEXTS))),
        "password": random.choice((PASSWORD, "guess", random.choice(TEXTS))),
        "csrf_token": random.choice((world.csrf, "", "x")), "next": random.choice(("", "//evil.example", "/")),
    }  # fmt: skip
    body = "&".join(f"{name}={_quoted(value)}" for name, value in fields.items() if random.random() < 0.9)
    headers = {"Cookie": world.session} if random.random() < 0.7 else some(random)
    page, caller = (
        random.choice(("/login", "/login", "/logout", "/language")),
        f"198.51.100.{random.randrange(256)}",
    )
    return Call("console, login", "POST", page, body.encode(), FORM, headers, caller=caller)


def anywhere(random: Random, world: World) -> Call:
    """Asks any address that the application knows, by any method, with any parts and parameters."""
    body = random.choice((b"", b"", random.choice(GARBAGE), b"a=1&b=%00"))
    headers = ({"Authorization": f"Bearer {MINE}"} if random.random() < 0.5 else {}) | some(random)
    kind = random.choice(KINDS)
    return Call(
        "any address",
        random.choice(METHODS),
        filled_in(random, world),
        body,
        kind,
        headers,
        query(random),
        caller=OUTSIDE,
    )


def inside(random: Random, world: World) -> Call:
    """Asks the pages of the console as somebody who may, with odd numbers, parameters and fields."""
    path = filled_in(random, world)
    if path.startswith(("/logout", "/keys")):  # else whoever comes after is refused at the door
        path = "/account"
    headers = {"Cookie": world.inside}
    if random.random() < 0.8:
        return Call("console, inside", "GET", path, headers=headers, query=query(random))
    fields = {name: random.choice(TEXTS) for name in random.sample(NAMES, 3)} | {"csrf_token": world.csrf}
    body = "&".join(f"{name}={_quoted(value)}" for name, value in fields.items()).encode()
    return Call("console, inside", "POST", path, body, FORM, headers, query(random))


def filled_in(random: Random, world: World) -> str:
    """Returns one of the addresses that the application knows."""
    return "".join(text if fixed else part(random) for fixed, text in random.choice(world.addresses))


def some(random: Random) -> dict[str, str]:
    """Returns some headers, most of them odd."""
    return {
        name: random.choice(HEADERS[name]) for name in random.sample(sorted(HEADERS), random.randrange(3))
    }


def part(random: Random) -> str:
    """Returns a part of a path: a number or name that is there, or nonsense."""
    return random.choice(PARTS) if random.random() < 0.75 else _quoted(random.choice(TEXTS))


def query(random: Random) -> str:
    """Returns parameters of an address, or none."""
    if random.random() < 0.5:
        return ""
    values = (*TEXTS, "1", "2026-01-01", "0", "100")
    pairs = ((random.choice((*NAMES, *KEYS)), random.choice(values)) for _ in range(random.randrange(1, 4)))
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"))
