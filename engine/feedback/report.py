"""What one report says of one mail, whichever way it came: before anybody has looked whether it is true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["bounce", "spam_report", "unsubscribed", "delivered", "delayed", "ignored", "unreadable"]


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `texts` are where a signed word may stand; a message id counts only from a sender that signs."""

    what: What
    texts: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()  # whom it concerns, where it says so: ours must be among them
    status: str | None = None  # RFC 3463
    said: str = ""  # in the other server's words
    said_hard: bool | None = None  # a mail service calls the address gone, or only in trouble


IGNORED = Report("ignored")
UNREADABLE = Report("unreadable")
