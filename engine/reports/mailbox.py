"""The catcher's mails, read back from their raw bytes as a mail program would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from models import Caught

PAGE = 50
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """One caught mail: its parts as text, its headers unfolded and decoded, its bytes as latin-1."""

    id: int
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    raw: str
    at: int
    test: bool  # of test mode


def read_mail(caught: Caught) -> Mail:
    """Takes a caught mail apart; a header that stands several times is joined with line breaks."""
    parsed = message_from_bytes(caught.raw.encode("latin-1"), policy=default)
    assert isinstance(parsed, EmailMessage)
    headers: dict[str, str] = {}
    for name, value in parsed.items():
        headers[name] = f"{headers[name]}\n{value}" if name in headers else str(value)
    return Mail(
        caught.id, caught.to, headers.get("Subject", caught.subject), _part(parsed, "plain"), _part(parsed, "html"),
        headers, caught.raw, caught.at, bool(caught.test),
    )  # fmt: skip


def _part(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def newest(before: int | None = None, to: str | None = None) -> list[Caught]:
    """Lists up to 51 caught mails without their bytes, the newest first, one more than a page."""
    found = Caught.select(Caught.id, Caught.to, Caught.subject, Caught.at, Caught.test)
    if before is not None:
        found = found.where(Caught.id < before)
    if to:
        found = found.where(Caught.to.contains(to))
    return list(found.order_by(Caught.id.desc()).limit(PAGE + 1))


def after(last: int, to: str | None = None) -> list[Mail]:
    """Reads up to 200 mails that came after one, in order of arrival."""
    found = Caught.select().where(Caught.id > last)
    if to:
        found = found.where(Caught.to == to)
    return [read_mail(caught) for caught in found.order_by(Caught.id).limit(CHUNK)]


def all_mails(to: str | None = None) -> Iterator[Mail]:
    """Reads every mail in order of arrival, a chunk at a time."""
    chunk = after(0, to)
    while chunk:
        yield from chunk
        chunk = after(chunk[-1].id, to)
