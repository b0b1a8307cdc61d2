"""The manners of relays, and how offers and mails about orders end with each: (state, copies the customer got)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from tests.promise.manners.relay import Line, Manner, Says, Talk

End = tuple[str, int]
SENT: End = ("sent", 1)
CLOSE, RESET, SILENCE = Says(b"", then="close"), Says(b"", then="reset"), Says(b"", then="silence")


@dataclass(frozen=True)
class Case:
    """One manner, and what must come of it."""

    name: str
    manner: Manner
    offers: End = SENT
    order_mails: End = SENT
    each: int = 3  # offers, and as many mails about orders
    suppressed: bool = False  # their mailboxes, at the end


def line(text: str, then: str = "go", **more: Any) -> Says:
    """One reply of one line."""
    return Says(text.encode() + b"\r\n", then=then, **more)


def for_an(hours: float, **script: Says | Line) -> Manner:
    """Behaves so for some hours and is a good relay afterwards."""
    return Manner(script, heals_after=60 * hours)


def always(**script: Says | Line) -> Manner:
    """Behaves so for ever."""
    return Manner(script)


def greylisted(talk: Talk) -> Says:
    """Refuses a recipient the first two times."""
    talk.relay.seen[talk.argument] += 1
    return line("451 4.7.1 greylisted, come back") if talk.relay.seen[talk.argument] <= 2 else Says()


def every_third(reply: Says) -> Line:
    """Gives this answer to every third of a kind, else the usual one."""

    def asked(talk: Talk) -> Says:
        talk.relay.seen["asked"] += 1
        return reply if talk.relay.seen["asked"] % 3 == 0 else Says()

    return asked


def stormy(*replies: str) -> Line:
    """Refuses for a while two times of three, in one of several ways, as drawn beforehand."""
    drawn = random.Random(4)

    def asked(_talk: Talk) -> Says:
        reply = drawn.choice([*replies, *replies, ""])
        return line(reply, "close" if reply.startswith("421") else "go") if reply else Says()

    return asked


def first_of_each(talk: Talk) -> Says:
    """Knows nobody whose name ends in 0."""
    return line("550 5.1.1 no such user") if talk.argument.partition("@")[0].endswith("0") else Says()


UNKNOWN_ONCE = {"offers": ("unknown", 0), "order_mails": SENT}
UNKNOWN_TAKEN = {"offers": ("unknown", 1), "order_mails": ("sent", 2)}
REFUSED = {"offers": ("refused", 0), "order_mails": ("refused", 0)}
BRIEF = 1 / 120  # of an hour: whoever is tried again a minute later meets a good relay


def taking(case: Case) -> Case:
    """The same, but the relay keeps the mail nevertheless: of the two truths the sender cannot tell which it is."""
    manner = replace(case.manner, takes=True)
    return replace(case, name=f"{case.name}, and keeps the mail", manner=manner, **UNKNOWN_TAKEN)


SILENT_AT_END = [
    Case("hangs up after the end of the data", for_an(BRIEF, end=CLOSE), **UNKNOWN_ONCE),
    Case("resets the connection after the end of the data", for_an(BRIEF, end=RESET), **UNKNOWN_ONCE),
    Case("says nothing after the end of the data", for_an(BRIEF, end=SILENCE), **UNKNOWN_ONCE, each=1),
    Case("says rubbish after the end of the data", for_an(BRIEF, end=line("how do you do")), **UNKNOWN_ONCE),
    Case("says bytes without a line after the end", for_an(BRIEF, end=Says(b"\xff\x00250", then="close")), **UNKNOWN_ONCE),
    Case("answers the end with more than a reply may hold", for_an(BRIEF, end=line("250 " + "x" * 9000)), **UNKNOWN_ONCE),
    Case("answers the end with a code of no meaning", for_an(BRIEF, end=line("177 perhaps")), **UNKNOWN_ONCE),
    Case("drips its answer to the end too slowly", for_an(BRIEF, end=line("250 ok", piece=1, pause=0.4)), **UNKNOWN_ONCE,
         each=1),
    Case("cuts the connection in the midst of the body", for_an(BRIEF, body=CLOSE), **UNKNOWN_ONCE),
    Case("answers the end before it has come, and hangs up then",
         for_an(BRIEF, data=Says(b"354 go on\r\n250 2.0.0 queued\r\n"), end=CLOSE), **UNKNOWN_ONCE),
]  # fmt: skip
# Each of these may be the one truth or the other.
LOSING = [replace(case, manner=replace(case.manner, takes=False)) for case in SILENT_AT_END]
KEEPING = [taking(case) for case in SILENT_AT_END if "body" not in case.manner.script]

AT_THE_DOOR = [
    Case("hangs up at the door", for_an(1, greeting=CLOSE)),
    Case("resets at the door", for_an(1, greeting=RESET)),
    Case("says nothing at the door", for_an(BRIEF, greeting=SILENCE), each=1),
    Case("does not want us today", for_an(1, greeting=line("554 5.7.1 go away", "close"))),
    Case("is busy", for_an(1, greeting=line("421 4.3.2 too many", "close"))),
    Case("speaks another language", for_an(1, greeting=line("SSH-2.0-OpenSSH_9.2"))),
    Case("hangs up at EHLO", for_an(1, ehlo=CLOSE)),
    Case("drips its greeting too slowly", for_an(BRIEF, greeting=line("220 hi", piece=1, pause=0.4)), each=1),
]  # fmt: skip

BEFORE_THE_DATA = [
    Case("refuses our sender for an hour", for_an(1, mail=line("550 5.7.1 not you"))),
    Case("knows no such mailbox", always(rcpt=line("550 5.1.1 no such user")), **REFUSED, suppressed=True),
    Case("refuses by policy", always(rcpt=line("550 5.7.1 blocked")), **REFUSED),
    Case("refuses for a while, for ever", always(rcpt=line("450 4.2.1 later")), **REFUSED),
    Case("keeps a grey list", always(rcpt=greylisted)),
    Case("hangs up at MAIL", for_an(BRIEF, mail=CLOSE)),
    Case("hangs up at RCPT", for_an(BRIEF, rcpt=CLOSE)),
    Case("hangs up instead of asking for the data", for_an(BRIEF, data=CLOSE)),
    Case("is silent instead of asking for the data", for_an(BRIEF, data=SILENCE), each=1),
    Case("has no room", for_an(1, data=line("452 4.3.1 full"))),
    Case("will not have the data", always(data=line("554 5.7.1 no")), **REFUSED),
    Case("says 250 instead of asking for the data", for_an(BRIEF, data=line("250 ok"))),
    Case("says 421 in the middle, at MAIL", always(mail=every_third(line("421 4.7.0 slow down", "close")))),
    Case("says 421 in the middle, at RCPT", always(rcpt=every_third(line("421 4.7.0 slow down", "close")))),
    Case("says 421 in the middle, at DATA", always(data=every_third(line("421 4.7.0 slow down", "close")))),
    Case("storms at every step for an hour", for_an(
        1, mail=stormy("421 4.3.2 no", "451 4.3.0 no"), rcpt=stormy("450 4.2.0 no", "452 4.2.2 no", "421 4.7.0 no"),
        data=stormy("451 4.3.5 no", "421 4.7.0 no"), end=stormy("451 4.3.0 no", "452 4.3.1 no", "421 4.7.0 no"))),
]  # fmt: skip

AFTER_THE_DATA = [
    Case("is good", Manner()),
    Case("offers nothing", Manner(offers=())),
    Case("hangs up after each mail", always(after=CLOSE)),
    Case("says 421 to the end", for_an(BRIEF, end=line("421 4.3.2 later", "close"))),
    Case("says 451 to the end", for_an(BRIEF, end=line("451 4.3.0 later"))),
    Case("refuses at the end", always(end=line("554 5.6.0 I do not like it")), **REFUSED),
    Case("speaks in several lines", always(
        greeting=Says(b"220-a\r\n220 b\r\n"), mail=Says(b"250-a\r\n250 b\r\n"), rcpt=Says(b"250-a\r\n250-b\r\n250 c\r\n"),
        data=Says(b"354-a\r\n354 b\r\n"), end=Says(b"250-2.0.0 queued\r\n250 2.0.0 as 1\r\n"))),
    Case("refuses in several lines", always(rcpt=Says(b"550-5.1.1 no\r\n550-5.1.1 such\r\n550 5.1.1 user\r\n")),
         **REFUSED, suppressed=True),
    Case("drips every answer byte by byte", always(
        **{step: Says(piece=1, pause=0.001) for step in ("greeting", "ehlo", "mail", "rcpt", "data", "end")})),
    Case("answers in bytes of no alphabet", always(end=Says(b"250 2.0.0 \xb3\xf3d\xbc \x00 ok\r\n"))),
    Case("refuses in bytes of no alphabet", always(rcpt=Says(b"550 5.1.1 nieznany u\xbfytkownik \x00\r\n")),
         **REFUSED, suppressed=True),
    Case("says one thing too many", always(end=Says(b"250 2.0.0 ok\r\n451 4.3.0 or not\r\n"))),
]  # fmt: skip

ALL = AFTER_THE_DATA + BEFORE_THE_DATA + AT_THE_DOOR + LOSING + KEEPING
