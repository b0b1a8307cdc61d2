"""Who is never mailed so that the effect of mailing can be measured: drawn once and for good from a keyed hash."""

from __future__ import annotations

import hashlib
import hmac

SHARES = 10_000  # draws are in hundredths of a per cent


def held_out(key: bytes, rule: str, customer: str, per_cent: int) -> bool:
    """Says whether a rule's holdout has this customer; raising it keeps those who were in."""
    return _draw(key, "holdout", rule, customer) < per_cent * SHARES // 100


def in_control_group(key: bytes, customer: str, per_cent: int) -> bool:
    """Says whether no rule but a transactional one mails this customer; raising it keeps those who were in."""
    return _draw(key, "control", customer) < per_cent * SHARES // 100


def _draw(key: bytes, *words: str) -> int:
    """Draws 0 to 9999; lengths stand before the words so that no two lists of words read alike."""
    text = b"".join(b"%d:%s" % (len(part), part) for part in (word.encode() for word in words))
    digest = hmac.digest(key, text, hashlib.sha256)
    return int.from_bytes(digest[:8], "big") % SHARES
