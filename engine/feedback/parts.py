"""The parts of a mail as its writer put them together, without those of mails that it encloses."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message as Mail

MOST = 50


def parts(mail: Mail) -> Iterator[Mail]:
    """Yields at most 50 parts, in order; what an enclosed mail says of itself proves nothing."""
    waiting, seen = [mail], 0
    while waiting and seen < MOST:
        part, seen = waiting.pop(), seen + 1
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [each for each in reversed(inner) if isinstance(each, Mail)]
