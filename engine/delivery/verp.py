"""Return paths: each mail leaves with an address of its own to come back to, which nobody else can make up.

Variable envelope return paths, as D. J. Bernstein described them (VERP, 1997), with a keyed digest so that a forged
bounce is told from a real one. Letters are small and capitals are read alike, for mail servers change their case.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from engine.config_feedback import SIGNED, Providers

DIGEST_BYTES = 10  # 80 bits: whoever guesses has one try a mail
WORD = re.compile(r"(?<![0-9a-z])([1-9a-f][0-9a-f]{0,14})-([a-z2-7]{16})(?![0-9a-z])")
LONGEST_TEXT = 4_000  # characters of a header that are looked at
MOST_WORDS = 200
# Services that put return paths of their own in the place of ours give these back with each event.
CARRIED = {
    "ses": "X-SES-MESSAGE-TAGS: regulars={word}\r\n",
    "postmark": "X-PM-Metadata-regulars: {word}\r\n",
    "mailgun": 'X-Mailgun-Variables: {{"regulars": "{word}"}}\r\n',
    "sendgrid": 'X-SMTPAPI: {{"unique_args": {{"regulars": "{word}"}}}}\r\n',
    "brevo": "X-Mailin-custom: regulars:{word}\r\n",
}


def signed_word(key: bytes, message_id: int) -> str:
    """Returns what stands for a message in its return path, at most 33 characters, small letters, digits and a hyphen."""
    word = f"{message_id:x}-{_digest(key, message_id)}"
    assert len(word) <= SIGNED
    return word


def return_path(mailbox: str, key: bytes, message_id: int) -> str:
    """Returns a message's own address: `bounces+WORD@…` of `bounces@…`, or with the word in the place of a `*`."""
    word = signed_word(key, message_id)
    local, _, domain = mailbox.rpartition("@")
    return f"{local.replace('*', word) if '*' in local else f'{local}+{word}'}@{domain}"


def messages_in(key: bytes, texts: Iterable[str]) -> set[int]:
    """Returns the messages whose signed words stand in the texts; what is cut, spliced or made up stands for nothing."""
    found: set[int] = set()
    looked_at = 0
    for text in texts:
        for number, digest in WORD.findall(text[:LONGEST_TEXT].lower()):
            looked_at += 1
            if looked_at > MOST_WORDS:
                return found
            message_id = int(number, 16)
            if hmac.compare_digest(digest, _digest(key, message_id)):
                found.add(message_id)
    return found


def _digest(key: bytes, message_id: int) -> str:
    whole = hmac.new(key, f"return path:{message_id}".encode("ascii"), hashlib.sha256).digest()
    return base64.b32encode(whole[:DIGEST_BYTES]).decode("ascii").lower()


def envelope_sender(mailbox: str | None, address: str, key: bytes, message_id: int) -> str:
    """Returns the envelope's sender: a return path of the message's own where the shop has a mailbox for them."""
    return return_path(mailbox, key, message_id) if mailbox and key else address


def words_for(services: Providers, key: bytes, message_id: int) -> bytes:
    """Returns header lines that carry the signed word through the mail services in use, which tell it with each event."""
    lines = [line for name, line in CARRIED.items() if key and getattr(services, name) is not None]
    return "".join(line.format(word=signed_word(key, message_id)) for line in lines).encode("ascii")
