"""Delivery status notifications: what a mail server writes of a mail that it could not hand on (RFC 3464, RFC 6533)."""

from __future__ import annotations

from email.message import Message as Mail
from email.parser import HeaderParser
from email.policy import compat32

from engine.feedback.report import IGNORED, Report

MOST_RECIPIENTS = 20
OK = ("delivered", "relayed", "expanded")


def read_status(part: Mail, texts: tuple[str, ...]) -> Report:
    """Returns what a report says of the one recipient that each of our mails has.

    A mail that waits or went on is no bounce; of several recipients the first that failed counts.
    """
    blocks = _blocks(part)
    for block in blocks:
        if _action(block) == "failed":
            said = str(block.get("Diagnostic-Code", "")).partition(";")
            return Report("bounce", texts, status=_status(block), said=said[2] or said[0])
    if any(_action(block) == "delayed" for block in blocks):
        return Report("delayed", texts)
    return IGNORED


def _blocks(part: Mail) -> list[Mail]:
    """Lists the groups of fields, one for each recipient; the parser has parted them in the usual kind of report."""
    inner = part.get_payload()
    found = [each for each in inner if isinstance(each, Mail)] if isinstance(inner, list) else []
    if len(found) == 1:  # the international kind is parsed as one mail: the groups stand in its body
        rest = found[0].get_payload()
        found += [_fields(text) for text in rest.split("\n\n")] if isinstance(rest, str) else []
    if not found and isinstance(inner, str):
        found = [_fields(text) for text in inner.replace("\r\n", "\n").split("\n\n")]
    return [each for each in found if each.get("Action") or each.get("Status")][:MOST_RECIPIENTS]


def _fields(text: str) -> Mail:
    return HeaderParser(policy=compat32).parsestr(text.strip("\r\n") + "\n\n")


def _action(block: Mail) -> str:
    """Returns what was done, in small letters: failed, delayed, delivered, relayed, expanded, or another word."""
    said = str(block.get("Action", "")).split("(")[0].strip().lower()
    status = _status(block) or ""
    if said == "failed" and status.startswith("2."):
        return "delivered"
    return said or ("failed" if status.startswith("5.") else "")


def _status(block: Mail) -> str | None:
    return str(block.get("Status", "")).split("(")[0].strip()[:12] or None
