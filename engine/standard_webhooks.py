"""Standard Webhooks: how a message proves who sent it, in and out alike. Source: standardwebhooks.com, the specification.

The library makes the signatures; whether one is near enough in time is asked here, for only engine/clock.py reads the time.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence

from standardwebhooks import Webhook

from engine.clock import MINUTE, SECOND, moment

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret
TOLERANCE = 5 * MINUTE
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MOST_SIGNATURES = 10
NOT_SIGNED = f"{ID}, {TIMESTAMP} and {SIGNATURE} are needed"


def demand_secret(secret: str) -> str:
    """Returns a secret as the specification writes it; raises ValueError with how to make one."""
    try:
        written = secret.removeprefix(PREFIX)
        key = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(
            f"a secret is {PREFIX} and {SHORTEST} to {LONGEST} random bytes in base64: "
            f'echo "{PREFIX}$(head -c 32 /dev/urandom | base64)"'
        )
    return secret


def sign(secrets: Sequence[str], number: str, at: int, body: str) -> dict[str, str]:
    """Returns the headers that prove a message, with a signature by each secret, so that either may be known to the receiver."""
    signatures = (Webhook(secret).sign(number, moment(at), body) for secret in secrets)
    return {ID: number, TIMESTAMP: str(at // SECOND), SIGNATURE: " ".join(signatures)}


def wrong_with(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int) -> str | None:
    """Returns why a message is not believed, or None where one of its signatures is made with one of the secrets.

    Every signature is compared with every secret, so the time that it takes tells nothing.
    """
    number, said, signed = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (number and said and signed):
        return NOT_SIGNED
    if not (said.isascii() and said.isdigit() and len(said) <= 11):
        return f"{TIMESTAMP} is whole seconds since 1970"
    given = [each.encode("utf-8", "replace") for each in signed.split()[:MOST_SIGNATURES]]
    try:
        text, at = body.decode("utf-8"), int(said) * SECOND
        wanted = [Webhook(secret).sign(number, moment(at), text).encode() for secret in secrets]
    except (UnicodeError, OverflowError):
        return "the signature is not right"
    if not sum(hmac.compare_digest(one, other) for one in given for other in wanted):
        return "the signature is not right"
    return None if abs(now - at) <= TOLERANCE else f"{TIMESTAMP} is more than five minutes away from now"
