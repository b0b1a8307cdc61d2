"""Quoted-printable, piece by piece: what a template says to everybody is encoded once, and only the rest for each mail.

RFC 2045, section 6.7. A seam may fall anywhere, for a soft line break may; so each piece is encoded as if a line began with
it, and where two do not fit into one line such a break parts them.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Collection, Iterable
from types import CodeType
from typing import NamedTuple

ROOM = 75  # characters of a line beside the mark of a soft break
SOFT = b"=\r\n"
FROM = re.compile(rb"^From ", re.MULTILINE)  # mailboxes of one file write `>From`
MOST_FIXED = 50_000  # characters of a constant that is kept encoded


class Encoded(NamedTuple):
    """A piece as it goes over the wire, with the lengths of its first and last line; `last` is -1 where it has one."""

    raw: bytes
    first: int
    last: int


class Spliced(str):
    """A text that remembers the pieces it was made of, and which of them are always the same.

    Whatever is made of it, cut or replaced, is a plain text again, so that the pieces can never say something else.
    """

    __slots__ = ("fixed", "pieces")
    pieces: list[str]
    fixed: dict[str, Encoded]

    @classmethod
    def of(cls, pieces: list[str], fixed: dict[str, Encoded]) -> Spliced:
        """Joins the pieces."""
        made = cls("".join(pieces))
        made.pieces, made.fixed = pieces, fixed
        return made


def quoted(text: str) -> bytes:
    """Encodes a text, whose lines may end in any way; line breaks become CRLF."""
    if not isinstance(text, Spliced) or "\r" in text:
        return encoded(text.replace("\r\n", "\n").replace("\r", "\n")).raw
    out, column, fixed = [], 0, text.fixed
    for piece in text.pieces:
        raw, first, last = fixed.get(piece) or encoded(piece)
        if column + first > ROOM:
            out.append(SOFT)
            column = 0
        out.append(raw)
        column = last if last >= 0 else column + first
    return b"".join(out)


def encoded(piece: str) -> Encoded:
    """Encodes one piece, in lines of at most 76 characters; its own line breaks are `\\n`."""
    raw = b2a_qp(piece.encode("utf-8", "replace"))
    if b"From " in raw:
        raw = FROM.sub(b"=46rom =\n", raw)
    end = raw.rfind(b"\n") + 1
    if len(raw) - end > ROOM:  # no room for a soft break behind it
        cut = end + ROOM - 5
        while b"=" in raw[cut - 2 : cut]:
            cut -= 1
        raw, end = raw[:cut] + b"=\n" + raw[cut:], cut + 2
    if not end:
        return Encoded(raw, len(raw), -1)
    return Encoded(raw.replace(b"\n", b"\r\n"), raw.index(b"\n"), len(raw) - end)


def fixed_pieces(code: CodeType) -> dict[str, Encoded]:
    """Encodes every text that a compiled template can yield as it stands."""
    return {
        text: encoded(text) for text in _texts(code.co_consts) if "\r" not in text and len(text) <= MOST_FIXED
    }


def _texts(constants: Iterable[object]) -> Collection[str]:
    found: set[str] = set()
    for each in constants:
        if isinstance(each, str):
            found.add(each)
        elif isinstance(each, CodeType):
            found.update(_texts(each.co_consts))
    return found
