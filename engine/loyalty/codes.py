"""The letters of a coupon: read out over the telephone without a mistake, and never guessed."""

from __future__ import annotations

import hashlib
import hmac

# No 0 and O, 1 and I and L, 5 and S, 2 and Z, 8 and B, U and V: 24 are left, of which eleven carry 50 bits.
LETTERS = "34679ACDEFGHJKMNPQRTUWXY"
LENGTH, GROUP = 11, 4
EXAMPLE = "EXAMPLE-0000"  # holds letters that no real code has


def code_for(key: bytes, mail: str, attempt: int = 0) -> str:
    """Returns the code of one mail, always the same: only who has the home's key can work it out.

    `mail` is the mail's own secret token; another attempt gives another code, should one be taken already.
    """
    digest = hmac.digest(key, f"coupon:{attempt}:{mail}".encode(), hashlib.sha256)
    number, letters = int.from_bytes(digest, "big"), ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def folded(code: str) -> str:
    """Returns a code as it is compared: some shops write codes in small letters, and customers add spaces."""
    return code.strip().upper()
