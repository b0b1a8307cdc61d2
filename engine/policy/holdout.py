"""Who is never mailed so that the effect of mailing can be measured: drawn once and for good from a keyed hash."""

from __future__ import annotations

import hashlib
import hmac

SHARES = 10_000  # draws are in hundredths of a per cent


def held_out(key: bytes, rule: str, customer: str, per_cent: int) -> bool:
    """Says whether a rule's holdout has this customer; raising it keeps those who were in."""
    return per_cent > 0 and drawn(key, "holdout", rule, customer) % SHARES < per_cent * SHARES // 100


def in_control_group(key: bytes, customer: str, per_cent: int) -> bool:
    """Says whether no rule but a transactional one mails this customer; raising it keeps those who were in."""
    return per_cent > 0 and drawn(key, "control", customer) % SHARES < per_cent * SHARES // 100


def drawn(key: bytes, *words: str) -> int:
    """Draws 0 to 2**64 - 1 for these words; lengths stand before them so that no two lists of words read alike."""
    text = b"".join(b"%d:%s" % (len(part), part) for part in (word.encode() for word in words))
    return int.from_bytes(hmac.digest(key, text, hashlib.sha256)[:8], "big")
