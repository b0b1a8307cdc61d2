"""Cursors: places in a list that only we can write, good for the list, the shop and the filters they were told for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping

from engine.reports.readback.walking import Place
from engine.web.api.problems import Problem

SEAL_BYTES = 12
LONGEST = 512


def cursor_of(place: Place, secret: bytes, of: Mapping[str, object]) -> str:
    """Writes a place as text that means nothing to anybody else; `of` says which list it is a place of."""
    told = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(told, secret, of) + told).decode().rstrip("=")


def place_of(cursor: str, secret: bytes, of: Mapping[str, object]) -> Place:
    """Reads a cursor; raises a 400 problem where it is broken, or was told for another list, shop or filter."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    seal, told = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if len(cursor) > LONGEST or not hmac.compare_digest(seal, _seal(told, secret, of)):
        raise _refused()
    return tuple(json.loads(told))


def _seal(told: bytes, secret: bytes, of: Mapping[str, object]) -> bytes:
    about = json.dumps(of, sort_keys=True).encode()
    key = hashlib.sha256(b"cursors of lists:" + secret).digest()
    return hmac.digest(key, about + b"\n" + told, "sha256")[:SEAL_BYTES]


def _refused() -> Problem:
    return Problem(
        400,
        "this cursor is none of this list with these filters; take `next` as it was told, or begin without one",
        [("/cursor", "not a cursor of this list")],
    )
