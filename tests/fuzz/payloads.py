"""Real messages, bent and then rightly signed, so that they get past the signature; some signed wrongly, which must not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from random import Random
from typing import Any

from engine.standard_webhooks import sign
from tests.fuzz.calls import Call
from tests.fuzz.odd import GARBAGE, bent, damaged, written
from tests.fuzz.shapes import (
    RESOURCES,
    SERVICES,
    of_a_page,
    of_horoshop,
    of_service,
    of_shopify,
    of_woocommerce,
    ours,
)
from tests.fuzz.world import MINE, SECRETS, World
from tests.web.webhooks.mail_services import OTHER, STRANGER

JSON, NDJSON = "application/json", "application/x-ndjson"
WRONG = 0.1  # of the messages are signed wrongly


def payload(random: Random, world: World) -> Call:
    """Returns one real message, of which up to four places are bent and sometimes the bytes are hurt."""
    chosen = random.random()
    if chosen < 0.36:
        return of_our_own(random)
    if chosen < 0.66:
        return of_a_shop(random)
    return of_code_and_hooks(random, world) if chosen < 0.78 else of_a_service(random, world)


def spoilt(random: Random, message: Any) -> bytes:
    """Writes a message with something wrong in it."""
    sent = bent(random, message, random.choice((0, 1, 1, 1, 2, 2, 3, 4)))
    raw = written(random, sent)
    return damaged(random, raw) if random.random() < 0.15 else raw


def of_our_own(random: Random, key: str = MINE) -> Call:
    """Returns an item, a list or lines of our API."""
    resource = random.choice(RESOURCES)
    headers = {"Authorization": f"Bearer {key}"}
    if random.random() < 0.1:
        headers["Idempotency-Key"] = f"k{random.randrange(60)}"
    several = [ours(random, resource) for _ in range(random.choice((1, 2, 3, 7)))]
    if random.random() < 0.25:
        lines = b"\n".join(spoilt(random, item).replace(b"\n", b" ") for item in several)
        return Call("our API", "POST", f"/api/v1/{resource}", lines, NDJSON, headers)
    raw = spoilt(random, several[0] if random.random() < 0.6 else several)
    return Call("our API", "POST", f"/api/v1/{resource}", raw, JSON, headers)


def of_a_shop(random: Random) -> Call:
    """Returns a message of WooCommerce or Shopify; one in ten is signed by nobody, a stranger, or the other shop."""
    system = random.choice(("woocommerce", "shopify"))
    topic, message = of_woocommerce(random) if system == "woocommerce" else of_shopify(random)
    if random.random() < 0.03:
        topic = random.choice(
            ("", "order", "orders/", "orders/updated/x", "a" * 300, "order.\x01", "żółw", "products/create")
        )
    return signed(random, system, topic, spoilt(random, message))


def signed(random: Random, system: str, topic: str, raw: bytes, shop: str = "optyk") -> Call:
    """Returns the message with its headers."""
    secret, wrong = SECRETS[shop][system], random.random() < WRONG
    said: str | None = signature(raw, secret)
    if wrong:
        said = random.choice((
            None, "", "ż", signature(raw, "a stranger's"), signature(raw, SECRETS["drogeria"][system]),
            signature(raw + b" ", secret),
            signature(raw, secret)[:-2], signature(raw, secret).lower(), signature(raw, ""), "A" * 5000,
            f" {signature(raw, secret[:-1])} ",
        ))  # fmt: skip
    names = (
        ("X-WC-Webhook-Topic", "X-WC-Webhook-Signature")
        if system == "woocommerce"
        else ("X-Shopify-Topic", "X-Shopify-Hmac-Sha256")
    )
    headers = {names[0]: topic} | ({names[1]: said} if said is not None else {})
    return Call(system, "POST", f"/webhooks/{shop}/{system}", raw, JSON, headers, denied=wrong)


def of_code_and_hooks(random: Random, world: World) -> Call:
    """Returns a message of a shop's own code, signed as Standard Webhooks say, or one of Horoshop, whose address is its proof."""
    wrong = random.random() < WRONG
    if random.random() < 0.5:
        event, sent = of_horoshop(random)
        secret = (
            random.choice((SECRETS["drogeria"]["horoshop"], "x" * 30))
            if wrong
            else SECRETS["optyk"]["horoshop"]
        )
        method, raw = random.choice(("PUT", "PUT", "PUT", "DELETE")), spoilt(random, sent)
        return Call("horoshop", method, f"/webhooks/optyk/horoshop/{secret}/{event}", raw, JSON, denied=wrong)
    kind = random.choice(RESOURCES)[:-1]
    items = [ours(random, f"{kind}s") for _ in range(random.choice((1, 1, 3)))]
    act = random.choice(("updated", "created", "updated", "deleted"))
    raw = spoilt(
        random,
        {
            "type": f"{kind}.{act}",
            "timestamp": "2026-06-01T12:00:00Z",
            "data": items if len(items) > 1 else items[0],
        },
    )
    number, secret = f"msg_{random.randrange(400)}", SECRETS["drogeria" if wrong else "optyk"]["native"]
    headers = sign([secret], number, world.now, raw.decode("utf-8", "replace"))
    if wrong and random.random() < 0.5:
        headers = random.choice(
            ({}, headers | {"webhook-timestamp": "1"}, headers | {"webhook-signature": "v1,ż"})
        )
    torn = raw != raw.decode("utf-8", "replace").encode()  # no such body can be signed
    return Call("native", "POST", "/webhooks/optyk/native", raw, JSON, headers, denied=wrong or torn)


def of_a_visitor(random: Random) -> Call:
    """Returns what the script on a shop's pages would send."""
    origin = random.choice(("https://optyk.example",) * 8 + ("https://evil.example", "null", ""))
    headers = {"Origin": origin} if origin else {}
    return Call(
        "shop's pages",
        "POST",
        "/collect/optyk",
        spoilt(random, of_a_page(random)),
        random.choice((JSON, "text/plain")),
        headers,
    )


def signature(raw: bytes, secret: str) -> str:
    """Returns base64(HMAC-SHA256)."""
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def of_a_service(random: Random, world: World) -> Call:
    """Returns what a mail service tells; one in ten is proven wrongly."""
    name = random.choice(SERVICES)
    world.tokens = random.randrange(10**9)
    event: Any = bent(random, of_service(random, world, name), random.choice((0, 1, 1, 2, 3)))
    wrong = random.random() < WRONG
    if name in ("postmark", "brevo"):
        call = world.basic(name, event, *(("regulars", "no") if wrong else ()))
    elif name == "mailgun":
        call = world.mailgun(event, **({"key": "somebody else's key"} if wrong else {}))
    elif name == "sendgrid":
        if random.random() < 0.2:
            event = random.choice(GARBAGE)
        call = world.sendgrid(event, *((STRANGERS_CURVE,) if wrong else (OTHER,)))
    else:
        call = world.ses(event, *((STRANGER,) if wrong else ()))
    wrong = wrong and not (name == "sendgrid" and not _is_json(call.body))
    return Call("mail services", call.method, call.path, call.body, call.kind, call.headers, denied=wrong)


def _is_json(body: bytes) -> bool:
    from engine.feedback.services.values import NotJson, read_lenient

    try:
        read_lenient(body)
    except NotJson:
        return False
    return True


def _curve() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


STRANGERS_CURVE = _curve()
