"""Header lines as bytes. The standard library damages long URIs and Polish and Cyrillic subjects, so these are our own.

RFC 5322 for the lines, RFC 2047 for words beyond ASCII, RFC 5890 for domains.
"""

from __future__ import annotations

import re
from base64 import b64encode
from email.errors import HeaderParseError
from email.header import decode_header, make_header

import idna

LONGEST_PAYLOAD = 39  # bytes in one encoded word: with "Subject: " and its frame a line of 73 characters
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
PLAIN = re.compile(r"[\x20-\x7e]*")
BREAKS = re.compile(r"[\r\n\x00]")
LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")


def line(name: str, value: str) -> bytes:
    """Returns one whole header line with its CRLF; raises ValueError where the value would break out of it."""
    if BREAKS.search(value.replace("\r\n ", "")) or BREAKS.search(name):
        raise ValueError(f"{name}: a line break inside a header: {value!r:.80}")
    return f"{name}: {value}\r\n".encode("ascii")


def text(value: str) -> str:
    """Writes free text (a subject, a phrase): as it is if it is plain and short, else as encoded words."""
    _no_breaks(value)
    if (
        PLAIN.fullmatch(value)
        and "=?" not in value
        and len(value) <= 60
        and value == value.strip()
        and "  " not in value
    ):
        return value
    return encoded_words(value)


def encoded_words(value: str) -> str:
    """Writes text as base64 words of at most 42 bytes each, cut between characters, on lines of their own."""
    words, room = [], b""
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if len(room) + len(encoded) > LONGEST_PAYLOAD:
            words.append(room)
            room = b""
        room += encoded
    words.append(room)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in words)


def mailbox(name: str | None, address: str) -> str:
    """Writes `Name <address>`; quotes or encodes the name as it needs."""
    place = domain_as_ascii(address)
    if not name or not name.strip():
        return place
    _no_breaks(name)
    phrase = " ".join(name.split())
    if not PLAIN.fullmatch(phrase) or "=?" in phrase or len(phrase) > 60:
        return f"{encoded_words(phrase)}\r\n <{place}>"
    if ATOMS.fullmatch(phrase):
        return f"{phrase} <{place}>"
    quoted = phrase.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{place}>'


def decoded(value: str) -> str:
    """Reads a header as people see it, and as it stands where it cannot be read."""
    unfolded = value.replace("\r\n", "").replace("\n", "")
    try:
        return str(make_header(decode_header(unfolded)))
    except (ValueError, LookupError, HeaderParseError):
        return unfolded


def domain_as_ascii(address: str) -> str:
    """Returns an address whose domain is in ASCII letters; raises ValueError where it cannot be sent to."""
    _no_breaks(address)
    local, at, domain = address.rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local):
        raise ValueError(f"{address!r:.80} is not an address that every relay takes")
    if domain.isascii() and re.fullmatch(r"[A-Za-z0-9.-]{1,253}", domain):
        return f"{local}@{domain}"
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise ValueError(f"{address!r:.80}: {error}") from error


def _no_breaks(value: str) -> None:
    if BREAKS.search(value):
        raise ValueError(f"a line break inside a header: {value!r:.80}")
