"""Signatures over the bytes as they came, compared in the same time whether they are nearly right or not at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence

Proof = Callable[[bytes, int], "str | None"]  # of a body that came now: why it is not believed
WRONG = "the signature is not right"


def by_body(signature: str | None, secrets: Sequence[str]) -> Proof:
    """Returns the proof of those who sign the body alone."""
    return lambda body, now: None if rightly_signed(body, signature, secrets) else WRONG


def rightly_signed(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Says whether a signature is base64(HMAC-SHA256(one of the secrets, body)); several hold while one is replaced."""
    given = (signature or "").strip().encode("utf-8", "replace")
    wanted = [
        base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()) for secret in secrets
    ]
    right = sum(hmac.compare_digest(given, each) for each in wanted)  # all are compared, whichever is right
    return right > 0
