"""What a mail server's refusal says of an address: gone for good, in trouble for now, or nothing at all of the person.

Only here are codes read out of replies: a number in the words, such as the address of a machine, is no code.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["hard", "soft", "policy", "spam_report", "unsubscribed"]

# RFC 3463: class, subject and detail. Only these three say that there is nobody: facts of decision 34.
NOBODY = ("5.1.1", "5.1.2", "5.1.10")
# RFC 2034: it begins each line, after the reply's three digits, which are left out where a reply was joined from its
# lines. Some write # before it, and a report names the language of the reply.
CODE = re.compile(
    r"^[ \t]*(?:smtp;[ \t]*)?(?:[245]\d\d[ -][ \t]*)?#?([245]\.\d{1,3}\.\d{1,3})(?!\w|\.\d)",
    re.ASCII | re.IGNORECASE | re.MULTILINE,
)
VAGUE = re.compile(r"5\.\d{1,3}\.0")  # "something is wrong": the words may say what
NO_SUCH = re.compile(
    r"no such (?:user|mailbox|recipient|person)|user unknown|unknown (?:user|recipient)|no mailbox here by that name"
    r"|(?:mailbox|account|user|recipient) (?:does not|doesn't|doesn&#39;t) exist|(?:user|mailbox|recipient) not found",
    re.IGNORECASE,
)
NOT_THE_PERSON = re.compile(
    r"spam|polic|block|black|reputation|denied|denylist|blocklist|\bspf\b|\bdkim\b|\bdmarc\b|quota|full|rate",
    re.IGNORECASE,
)
FULL_OR_OURS = re.compile(
    r"5\.(?:2\.[23]|3\.\d{1,3}|6\.\d{1,3})"
)  # full, too large, a system or a medium in trouble
LONGEST = 4_000  # characters of a diagnosis that are read


def status_codes(words: str) -> list[str]:
    """Returns the RFC 3463 codes of a reply, at most one a line: `5.1.1` of `550 5.1.1 no such user [10.5.7.1]`."""
    return CODE.findall(words[:LONGEST])


def bounce_kind(status: str | None, words: str, said_hard: bool = False) -> Kind:
    """Returns what a final refusal is: `hard`, `policy` (our own standing, not the person's) or `soft`.

    `status` is the RFC 3463 code that was given beside the words. Where two codes differ the one that spares the address
    counts. Without any, only plain words make it hard. `said_hard`: a mail service that keeps its own list calls it so.
    """
    codes = status_codes(status or "") + status_codes(words)
    if any(code.startswith("5.7.") for code in codes):
        return "policy"
    telling = [code for code in codes if not VAGUE.fullmatch(code)]
    if any(code.startswith("4.") for code in telling) or any(map(FULL_OR_OURS.fullmatch, telling)):
        return "soft"
    if any(code in NOBODY for code in telling):
        return "hard"
    if said_hard:
        return "hard"
    if telling or NOT_THE_PERSON.search(words[:LONGEST]):
        return "soft"
    return "hard" if NO_SUCH.search(words[:LONGEST]) else "soft"


def first_code(status: str | None, words: str) -> str | None:
    """Returns the code that is kept: the one given beside the words, else the first of the reply itself."""
    return next(iter(status_codes(status or "") + status_codes(words)), None)
