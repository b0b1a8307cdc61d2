"""Words that a browser carries and cannot make: who visits, signed by the shop's server or by our own click redirect.

UNTIL.WHO.PROOF: until when it holds in seconds since 1970, who in base64url, and an HMAC-SHA256 in hexadecimal over what it is
for, the shop and both. What is signed for one use or one shop is good for no other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from engine.clock import DAY, MINUTE, SECOND

TOKEN = re.compile(r"([1-9][0-9]{8,11})\.([A-Za-z0-9_-]{1,600})\.([0-9a-f]{64})")
LONGEST = DAY + 5 * MINUTE  # a word that holds for longer is one that leaks


def sign(secret: bytes, use: str, shop: str, who: str, until: int) -> str:
    """Returns the word that says `who`; it holds until an instant."""
    said = f"{until // SECOND}.{urlsafe_b64encode(who.encode()).decode('ascii').rstrip('=')}"
    return f"{said}.{_proof(secret, use, shop, said)}"


def read(secrets: Sequence[bytes], use: str, shop: str, token: str, now: int) -> str | None:
    """Returns who is meant; None for a word that is over, holds too long, is for something else, or was made by nobody here."""
    found = TOKEN.fullmatch(token)
    if found is None or not any(_right(secret, use, shop, found) for secret in secrets):
        return None
    if not now < int(found[1]) * SECOND <= now + LONGEST:
        return None
    try:
        return urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4)).decode("utf-8")
    except ValueError:
        return None


def _right(secret: bytes, use: str, shop: str, found: re.Match[str]) -> bool:
    proof = _proof(secret, use, shop, f"{found[1]}.{found[2]}")
    return bool(secret) and hmac.compare_digest(found[3], proof)


def _proof(secret: bytes, use: str, shop: str, said: str) -> str:
    return hmac.new(secret, f"{use}:{shop}:{said}".encode(), hashlib.sha256).hexdigest()
