"""Signed links to the page of choices, for a shop's own pages: whoever has one may choose for that customer, nothing else."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

LENGTH = 32  # characters: a message's token has 22, so neither can be taken for the other
NUMBER, PROOF = 6, 18  # bytes


def sign(secret: bytes, customer: int) -> str:
    """Returns the token of a customer; it holds for as long as the home's key."""
    number = customer.to_bytes(NUMBER, "big")
    return urlsafe_b64encode(number + _proof(secret, number)).decode("ascii")


def customer_of(secret: bytes, token: str) -> int | None:
    """Returns whose token it is; None for any that was not signed here, cut or spliced."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        said = urlsafe_b64decode(token)
    except ValueError:
        return None
    number, proof = said[:NUMBER], said[NUMBER:]
    right = secret and hmac.compare_digest(proof, _proof(secret, number))
    return int.from_bytes(number, "big") if right else None


def _proof(secret: bytes, number: bytes) -> bytes:
    return hmac.new(secret, b"preferences:" + number, hashlib.sha256).digest()[:PROOF]
