"""The lines that go to and fro on one connection: several commands in one write, and each reply by itself.

aiosmtplib connects, encrypts and logs in; it drops replies that come together, so afterwards the connection is ours.
RFC 5321 for replies, RFC 2920 for commands that need not wait for one another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import NamedTuple, cast

from aiosmtplib import SMTP

LONGEST_REPLY = 8192  # bytes; RFC 5321 has lines of 512


class Reply(NamedTuple):
    """What a relay answers to one command; `code` is -1 where it is no reply at all."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code > 0 else f"not a reply: {self.text}"


class Broken(Exception):
    """Says that nothing more will be heard on a connection, and why."""


class Talk(asyncio.Protocol):
    """One connection after its greeting, with what the relay offers; not to be used by two at once."""

    def __init__(self, client: SMTP, timeout: float, pipelining: bool = True) -> None:
        """Takes a connection over from aiosmtplib; `timeout` is for a reply to any command, in seconds."""
        self.timeout = timeout
        self.pipelining = pipelining and client.supports_extension("pipelining")
        self.carried = 0  # mails
        self.silent = False  # an answer did not come in time
        self.confused = False  # answers did not fit what was said before they came: one at a time is safer
        self._loop = asyncio.get_running_loop()
        self.used_at = self._loop.time()
        self._transport = cast(asyncio.Transport, client.transport)
        self._replies: deque[Reply] = deque()
        self._rest = b""
        self._lines: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._broken: str | None = None
        self._transport.set_protocol(self)

    @property
    def open(self) -> bool:
        """Says whether the connection stands, as far as anybody knows."""
        return self._broken is None and not self._transport.is_closing()

    @property
    def why(self) -> str:
        """Returns why the connection ended, where it has."""
        return self._broken or "the connection is closed"

    def time(self) -> float:
        """Returns the event loop's own time, in seconds: what spans are measured by, never a moment of a day."""
        return self._loop.time()

    def write(self, lines: bytes) -> None:
        """Sends commands or a mail; raises Broken where the connection is gone already.

        What the relay has said without being asked is forgotten: it cannot be an answer to what it has not heard yet.
        """
        if not self.open:
            raise Broken(self.why)
        self._replies.clear()
        self.used_at = self._loop.time()
        self._transport.write(lines)

    async def reply(self, timeout: float | None = None) -> Reply:
        """Returns the next reply; raises Broken where none comes in time or the connection ends before it."""
        while not self._replies:
            if self._broken is not None:
                raise Broken(self._broken)
            await self._heard(self.timeout if timeout is None else timeout)
        return self._replies.popleft()

    async def ask(self, command: bytes) -> Reply:
        """Sends one command and returns its reply."""
        self.write(command)
        return await self.reply()

    def close(self, why: str = "we closed it") -> None:
        """Ends the connection without a word."""
        self._end(why)

    async def quit(self) -> None:
        """Takes leave as RFC 5321 wants it, without insisting on an answer."""
        with suppress(Broken):
            await self.ask(b"QUIT\r\n")
        self.close()

    async def _heard(self, timeout: float) -> None:
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(timeout, self._give_up, timeout)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _give_up(self, timeout: float) -> None:
        self.silent = True
        self._end(f"no answer within {timeout:g} seconds")

    def _end(self, why: str) -> None:
        self._broken = self._broken or why
        self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what asyncio calls -----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Takes what the relay says, whole replies or parts of them."""
        if self._broken is not None:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line.rstrip(b"\r"))
        if len(self._rest) > LONGEST_REPLY:
            self._end("a reply without end")
        elif self._replies:
            self._wake()

    def _line(self, line: bytes) -> None:
        """Adds a line; one without a hyphen after its code is the last of a reply."""
        if self._broken is not None or len(line) + sum(map(len, self._lines)) > LONGEST_REPLY:
            self._end("a reply without end")
            return
        proper = line[:3].isdigit() and line[3:4] in (b"", b" ", b"-")
        self._lines.append(line[4:] if proper else line)
        if proper and line[3:4] == b"-":
            return
        text = "\n".join(part.strip().decode("utf-8", "replace") for part in self._lines)
        self._lines.clear()
        self._replies.append(Reply(int(line[:3]) if proper else -1, text))

    def eof_received(self) -> bool:
        """Knows that the relay has nothing more to say."""
        self._end("the relay closed the connection")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Knows that the connection is gone."""
        self._end(f"the connection broke: {error}" if error else "the connection is gone")
