"""Keyed digests over the ledger: each line's covers the one before, so that none can be changed, taken out or moved.

Without the home's key nobody can make them. What an erasure takes away is covered by a digest of its own, which stays:
so the chain still verifies when nobody knows any more whose the line was.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

# What nobody may change for as long as the line stands, and what an erasure takes away.
KEPT = (
    "purpose", "granted", "at", "recorded_at", "source", "wording", "version", "basis", "detail", "asked_at",
    "confirmed_at", "whose", "sealed",
)  # fmt: skip
TAKEN_AWAY = ("request_address", "proof")


def digest_of_line(secret: bytes, shop: int, before: str, line: Mapping[str, Any]) -> str:
    """Returns a line's digest, given that of the line before it; `line` holds `KEPT`."""
    return _keyed(secret, "line", [shop, before, *(_plain(line[name]) for name in KEPT)])


def digest_of_personal(secret: bytes, line: Mapping[str, Any]) -> str:
    """Returns the digest of what an erasure takes away from a line, and of whose it is: equal contents tell nothing."""
    return _keyed(secret, "personal", [line["whose"], line["at"], *(line[name] for name in TAKEN_AWAY)])


def digest_of_person(secret: bytes, customer: int | None, external: str | None, shop: int) -> str:
    """Returns what stands for a customer, or for the name under which somebody was told of before they were known."""
    return _keyed(secret, "person", [shop, customer, None if customer is not None else external])


def beginning(secret: bytes, shop: int, before: int) -> str:
    """Returns what a shop's chain begins with, so that nothing can be slipped in among the lines that are older."""
    return _keyed(secret, "beginning", [shop, before])


def _keyed(secret: bytes, what: str, said: list[Any]) -> str:
    text = json.dumps([what, *said], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(secret, b"ledger:" + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    """SQLite keeps a truth as a number."""
    return int(value) if isinstance(value, bool) else value
