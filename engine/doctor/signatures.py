"""What each DKIM signature of a mail is worth, and what it covers. Source: RFC 6376, RFC 8058 section 4."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from engine.doctor.answers import Answers, DnsAway
from engine.doctor.received import Received

MOST = 8  # signatures that are looked at; a mail has one or two
quiet = logging.getLogger("regulars.doctor.dkim")
quiet.disabled = True  # what is wrong is told once, as a finding


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: whose, what it covers, and why it does not hold (None: it does)."""

    domain: str
    selector: str
    covers: frozenset[str]
    wrong: str | None
    bits: int = 0
    partly: bool = False  # it covers only the beginning of the body
    key: str | None = None  # the record that the DNS has
    away: bool = False  # nobody answered, so nothing is known

    @property
    def record(self) -> str:
        """Names the record that holds its key."""
        return f"{self.selector}._domainkey.{self.domain}"


def signatures(mail: Received, answers: Answers) -> Iterator[Signature]:
    """Judges the signatures of a mail, the topmost first, whatever they hold."""
    for index, value in enumerate(mail.all("DKIM-Signature")[:MOST]):
        yield _judge(mail, answers, index, value)


def _judge(mail: Received, answers: Answers, index: int, value: str) -> Signature:
    tags = _tags(value)
    domain, selector = tags.get("d", "").lower().rstrip("."), tags.get("s", "")
    covers = frozenset(re.split(r"\s*:\s*", tags.get("h", "").strip().lower()))
    asked: list[str | None] = []

    def text_of(name: bytes, timeout: float = 0) -> bytes | None:
        found = answers.ask(name.decode("idna" if name.isascii() else "utf-8"), "TXT")
        asked.append(found[0] if found else None)
        return found[0].encode() if found else None

    judge, wrong, away = dkim.DKIM(mail.raw, logger=quiet), None, False
    try:
        if not judge.verify(index, dnsfunc=text_of):
            wrong = _unfit(asked)
    except dkim.NaClNotFoundError:
        wrong, away = (
            "it is an Ed25519 signature, which is not judged here; an RSA one is needed beside it",
            True,
        )
    except DnsAway as error:
        wrong, away = f"its key could not be asked for: {error}", True
    except (dkim.DKIMException, ValueError, KeyError, TypeError, IndexError, AssertionError) as error:
        wrong = _why(error, asked)
    key = asked[0] if asked else None
    return Signature(domain, selector, covers, wrong, judge.keysize or 0, "l" in tags, key, away)


def _tags(value: str) -> dict[str, str]:
    try:
        found = parse_tag_value(value.encode("utf-8"))
    except (InvalidTagValueList, ValueError):
        return {}
    return {
        key.decode("utf-8", "replace"): item.decode("utf-8", "replace").strip() for key, item in found.items()
    }


def _unfit(asked: list[str | None]) -> str:
    """Says why a signature does not hold of which the library says only that."""
    if asked:
        try:
            dkim.evaluate_pk(b"", (asked[0] or "").encode())
        except (dkim.DKIMException, ValueError, KeyError, TypeError, IndexError) as error:
            return _why(error, asked)
    return "the signature does not fit: something has changed a header after it was signed"


def _why(error: Exception, asked: list[str | None]) -> str:
    """Says what is wrong in the words of whoever has to mend it."""
    said = " ".join(str(error).split())
    if asked and asked[0] is None:
        return "its key is not in the DNS"
    if asked and re.search(r"(^|;)\s*p\s*=\s*(;|$)", asked[0] or ""):
        return "its key was revoked (p= is empty)"
    if asked and "missing public key" not in said and ("parse" in said or "incomplete" in said):
        return "its key in the DNS cannot be read"
    if "body hash" in said:
        return "the body was changed after it was signed"
    return said[:200] or type(error).__name__
