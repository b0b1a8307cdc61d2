"""Bounces of servers that write them as they please: found by the heuristics of flufl.bounce, which Mailman uses."""

from __future__ import annotations

import logging
import re
from email.message import Message as Mail

from flufl.bounce import all_failures

from engine.feedback.parts import parts
from engine.feedback.report import IGNORED, Report

logging.getLogger("flufl.bounce").disabled = True  # it tells of each heuristic that it tries
LONGEST = 4_000  # characters: the server's own words stand before the copy of our mail
COPY = re.compile(r"^(?:Return-Path|Received):", re.MULTILINE | re.IGNORECASE)  # whose words are ours
# Such servers quote a reply in the midst of their own words ("said: 550 5.1.1 …"), or put its code at their end ("(#5.1.1)").
QUOTED = re.compile(r"(?<=\()(?=#[245]\.)|(?<=\s)(?=[245]\d\d[ -][245]\.)", re.ASCII)


def read_older(mail: Mail, texts: tuple[str, ...]) -> Report:
    """Returns a bounce where a server names whom it could not reach; an answer by a person, or a note of absence, is none."""
    if mail.get("From") is None:
        mail["From"] = "unknown@unknown.invalid"  # one heuristic cannot do without
    waits, failed = all_failures(mail)
    if failed:
        return Report("bounce", texts, recipients=_plain(failed), said=_said(_words(mail)))
    return Report("delayed", texts) if waits else IGNORED


def _said(words: str) -> str:
    """Returns the server's own words, with each code at the beginning of a line, as in the reply that is quoted."""
    return QUOTED.sub("\n", COPY.split(words, 1)[0])


def _plain(found: object) -> tuple[str, ...]:
    each = list(found) if isinstance(found, set | frozenset) else []
    return tuple(
        item.decode("ascii", "replace") if isinstance(item, bytes) else str(item) for item in each[:50]
    )


def _words(mail: Mail) -> str:
    for part in parts(mail):
        if part.get_content_maintype() == "text":
            inner = part.get_payload(decode=True)
            return inner[:LONGEST].decode("utf-8", "replace") if isinstance(inner, bytes) else ""
    return ""
