"""Handing mails to the relay over one connection, so that what is certain and what is not stay apart.

Only the relay's reply to the end of the data settles a mail. Before its data began nothing was sent; after it began
everything but a proper reply is `unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiosmtplib import SMTP

from engine.delivery.talk import Broken, Reply, Talk
from engine.failpoint import failpoint
from engine.outbox.settle import Outcome

CLOSING, GO_ON = 421, 354
STEPS = (("MAIL", 2), ("RCPT", 2), ("DATA", 3))  # and the first digit of a good answer


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail's envelope and bytes; its lines end in CRLF."""

    id: int
    sender: str
    to: str
    raw: bytes
    group: str = ""  # whose mailbox it is: the provider, as the pace names them

    def __post_init__(self) -> None:
        """Raises ValueError where an address could break out of its command."""
        for address in (self.sender, self.to):
            if not address.isascii() or not address.isprintable() or set(address) & set("<> "):
                raise ValueError(f"{address!r:.80} is not an address that every relay takes")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one mail, and whether the connection can carry another."""

    outcome: Outcome
    reply: str
    usable: bool
    reason: str | None = (
        None  # of a refusal that is not the relay's; the relay's own words are read when it is settled
    )
    lost: bool = False  # the connection ended before the data began: on another one it may go at once


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a conversation goes."""

    data_timeout: float  # seconds for the reply to the end of the data
    mails: int  # that one connection carries
    begin_by: float  # of the event loop's clock: what has not begun by then is not begun


async def converse(
    talk: Talk, letters: list[Letter], answers: dict[int, Answer], bounds: Bounds
) -> Answer | None:
    """Carries mails from the end of a list until it is empty or the connection is of no more use; never raises for
    what a relay does.

    Where the relay takes commands that do not wait for one another, the envelope of the next mail travels with the end
    of the one before it, so that a mail costs one round trip. Where the connection ended before a mail began, that mail
    goes back to the end of the list, and what is known of it is returned.
    """
    granted: Letter | None = None  # the relay has said 354 to it
    while granted or _may_begin(talk, letters, bounds, granted):
        may = (talk.pipelining or not granted) and _may_begin(talk, letters, bounds, granted)
        following = letters.pop() if may else None
        if not talk.open:
            letters += [letter for letter in (following, granted) if letter]
            return Answer("deferred", str(talk.why), usable=False, lost=True)
        talk.write((_body(granted.raw) if granted else b"") + _early(talk, following))
        if granted:
            failpoint("smtp.body")
            answers[granted.id] = await _end(talk, bounds.data_timeout)
            granted = None
        if following:
            failpoint("smtp.envelope")
            answer = await _begin(talk, following)
            if answer and answer.lost:
                letters.append(following)
                return answer
            if answer:
                answers[following.id] = answer
            else:
                failpoint("smtp.data")
                granted = following
    return None


async def hand_over(client: SMTP, sender: str, to: str, raw: bytes, data_timeout: float) -> Answer:
    """Carries a single mail on a connection of aiosmtplib, which is of no use to aiosmtplib afterwards."""
    talk, answers = Talk(client, client.timeout or data_timeout), dict[int, Answer]()
    bounds = Bounds(data_timeout, mails=1, begin_by=float("inf"))
    lost = await converse(talk, [Letter(0, sender, to, raw)], answers, bounds)
    return lost or answers[0]


def _may_begin(talk: Talk, letters: list[Letter], bounds: Bounds, granted: Letter | None) -> bool:
    carried = talk.carried + bool(granted)
    return bool(letters) and talk.open and carried < bounds.mails and talk.time() < bounds.begin_by


def _commands(letter: Letter) -> tuple[bytes, bytes, bytes]:
    mail, rcpt = f"MAIL FROM:<{letter.sender}>\r\n", f"RCPT TO:<{letter.to}>\r\n"
    return mail.encode("ascii"), rcpt.encode("ascii"), b"DATA\r\n"


def _early(talk: Talk, letter: Letter | None) -> bytes:
    """Returns what may be said of a mail before anything is answered."""
    return b"".join(_commands(letter)) if letter and talk.pipelining else b""


def _body(raw: bytes) -> bytes:
    """Returns a mail as it goes over the wire: dots doubled where RFC 5321 wants it, and the one that ends it."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..") if b"\r\n." in raw else raw
    end = b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
    return (b"." if raw.startswith(b".") else b"") + stuffed + end


# --- before the data ------------------------------------------------------------------------------------


async def _begin(talk: Talk, letter: Letter) -> Answer | None:
    """Names sender and recipient and asks to send the body; None where the relay says go on, else what that means.

    Each answer is judged by itself. Whatever goes wrong here, nothing was sent.
    """
    replies: list[Reply] = []
    try:
        for command, (_, good) in zip(_commands(letter), STEPS, strict=True):
            replies.append(await talk.reply() if talk.pipelining else await talk.ask(command))
            if not talk.pipelining and replies[-1].code // 100 != good:
                break
        answer = _before_data(talk, replies)
        if answer:
            await _undo(talk, replies)
        return answer
    except Broken as error:
        talk.confused = talk.confused or (talk.pipelining and talk.silent)
        return _before_data(talk, replies) or Answer("deferred", str(error), usable=False, lost=True)


def _before_data(talk: Talk, replies: list[Reply]) -> Answer | None:
    """Judges the answers to MAIL, RCPT and DATA in turn, as many as came; None where all of them were good."""
    for reply, (step, good) in zip(replies, STEPS, strict=False):
        kind = reply.code // 100
        if kind == good and (good == 2 or reply.code == GO_ON):
            continue
        if kind not in (
            4,
            5,
        ):  # no answer to this command: we may have lost count, so nothing more is said here
            talk.confused = talk.pipelining
            talk.close(f"the relay said {reply} to {step}")
            return Answer("deferred", str(reply), usable=False, lost=talk.confused)
        # a 5xx to MAIL is about us as sender: our own set-up, so no customer's mail is given up for it
        if kind == 5 and step != "MAIL":
            return Answer("refused", str(reply), True)
        return Answer("deferred", str(reply), reply.code != CLOSING, lost=reply.code == CLOSING)
    return None


async def _undo(talk: Talk, replies: list[Reply]) -> None:
    """Leaves a transaction that comes to nothing, so that the next mail finds none begun."""
    codes = [reply.code for reply in replies]
    if CLOSING in codes:
        talk.close("the relay closes the connection")
    if not talk.open:
        return
    if codes[2:] == [GO_ON]:  # it waits for a body all the same: RFC 2920 has us end it at once
        last = await talk.ask(b".\r\n")
        forgotten = last.code // 100 in (2, 4, 5) and last.code != CLOSING
    else:
        forgotten = (await talk.ask(b"RSET\r\n")).code // 100 == 2
    if not forgotten:
        talk.close("the relay does not forget a mail that came to nothing")


# --- after the data -------------------------------------------------------------------------------------


async def _end(talk: Talk, timeout: float) -> Answer:
    """Waits for the only definite word."""
    talk.carried += 1
    try:
        reply = await talk.reply(timeout)
    except Broken as error:
        talk.close()
        return Answer("unknown", str(error), usable=False)
    failpoint("smtp.answered")
    answer = _after_data(reply)
    if not answer.usable:
        talk.close("the relay closed it")
    return answer


def _after_data(reply: Reply) -> Answer:
    """Reads the reply to the end of the data."""
    said, usable = str(reply), reply.code != CLOSING
    if 200 <= reply.code < 300:
        return Answer("sent", said, usable)
    if 400 <= reply.code < 500:
        return Answer("deferred", said, usable)
    if 500 <= reply.code < 600:
        return Answer("refused", said, usable)
    return Answer("unknown", said, usable=False)
