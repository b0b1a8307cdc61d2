"""Requests that have broken something once; each is asked again in every test run. `python -m bench.fuzz` finds them."""

from __future__ import annotations

import hashlib
import hmac
import json

from engine.clock import SECOND
from engine.standard_webhooks import sign
from tests.fuzz.calls import Call
from tests.fuzz.payloads import JSON, NDJSON, signature
from tests.fuzz.world import MINE, NOW, SECRETS
from tests.web.webhooks.mail_services import MAILGUN

KEY = {"Authorization": f"Bearer {MINE}"}
DEEP = b"[" * 900 + b"]" * 900
ORDER = b'{"id": 1}' + b" " * 1_000_001
SIGNED = {"X-WC-Webhook-Signature": signature(ORDER, SECRETS["optyk"]["woocommerce"])}

REFUND = b'{"type": "refund.updated", "data": {"order": "37", "amount": "1.00"}}'
NATIVE = sign([SECRETS["optyk"]["native"]], "msg_1", NOW + SECOND, REFUND.decode())


def of_mailgun(message_id: str) -> bytes:
    """Returns an event about a mail, as Mailgun signs it."""
    at, token = str(NOW // SECOND), "0" * 50
    proof = hmac.new(MAILGUN.encode(), (at + token).encode(), hashlib.sha256).hexdigest()
    event = {
        "event": "failed",
        "severity": "permanent",
        "recipient": "anna@example.com",
        "message": {"headers": {"message-id": message_id}},
    }
    return json.dumps(
        {"signature": {"timestamp": at, "token": token, "signature": proof}, "event-data": event}
    ).encode()


FOUND: dict[str, Call] = {
    "a list so deep that reading it went beyond Python's depth was answered 500": Call(
        "found", "POST", "/api/v1/consents", b'{"customer": ' + DEEP + b"}", JSON, KEY
    ),
    "so was a line of NDJSON": Call("found", "POST", "/api/v1/events", b'{"customer": ' + DEEP + b"}", NDJSON, KEY),
    "so was a half of a character deep inside": Call(
        "found", "POST", "/api/v1/orders", b"[" * 880 + b'"\\ud800"' + b"]" * 880, JSON, KEY
    ),
    "a page for a Host that is none had no links to show, and broke over that": Call(
        "found", "GET", "/mailbox.json", headers={"Host": "a" * 300}
    ),
    "a login was looked for in the body of any request, and a body too large broke the page of the error": Call(
        "found", "PATCH", "/schema/rules.json", b" " * 1_000_001, JSON
    ),
    "and one too deep the page itself": Call("found", "GET", "/rules/thank-you/pause", DEEP,
        "application/problem+json"),
    "a shop system's wrong method was answered with a page for people": Call("found", "PUT", "/webhooks/mail/ses",
        b"{}", JSON),
    "so was an address that is none": Call("found", "POST", "/webhooks/optyk/mail", b"{}", JSON),
    "so was a body that is too large": Call("found", "POST", "/webhooks/optyk/woocommerce", ORDER, JSON, SIGNED),
    "a refund without an id, rightly signed by a shop's own code, was looked for by it": Call(
        "found", "POST", "/webhooks/optyk/native", REFUND, JSON, NATIVE
    ),
    "a mail service's half of a character was looked for in the store, and answered 500": Call(
        "found", "POST", "/webhooks/mail/mailgun", of_mailgun("<half a \ud800 of@it>"), JSON
    ),
    "a password of five thousand letters broke the library that compares it": Call(
        "found", "POST", "/login", b"email=nobody%40example.com&password=" + b"a" * 5000,
        "application/x-www-form-urlencoded"
    ),
    "a login by the name of NUL was looked for in PostgreSQL": Call(
        "found", "POST", "/login", b"email=%00&password=guess", "application/x-www-form-urlencoded"
    ),
    "a coupon with NUL in its code was looked for in PostgreSQL, which cannot, and answered 503": Call(
        "found", "GET", "/api/v1/coupons/%00", headers=KEY
    ),
}  # fmt: skip
