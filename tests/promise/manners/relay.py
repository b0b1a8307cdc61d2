"""A relay with a will of its own: what it says at each step of a conversation, how, and what it does with the mail.

It speaks asyncio over real sockets in a thread of its own. It notes what it has taken in: that, and not what it has
said, is what customers get.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True)
class Says:
    """One answer: its bytes, how they come, and what happens then."""

    words: bytes | None = None  # None: what a good relay says here
    piece: int = 0  # bytes at a time, 0 for all at once
    pause: float = 0.0  # seconds before the answer, or before each piece of it
    then: str = "go"  # go | close | reset | silence


Line = Callable[["Talk"], Says]
Script = Mapping[str, "Says | Line"]
USUAL = {
    "greeting": b"220 relay ESMTP\r\n", "mail": b"250 2.1.0 Ok\r\n", "rcpt": b"250 2.1.5 Ok\r\n", "data": b"354 go on\r\n",
    "rset": b"250 2.0.0 Ok\r\n", "noop": b"250 2.0.0 Ok\r\n", "quit": b"221 2.0.0 Bye\r\n", "starttls": b"220 2.0.0 Go\r\n",
}  # fmt: skip
GOOD = Says()


@dataclass(frozen=True)
class Manner:
    """How a relay behaves: an answer for each step that is not a good relay's, and what it offers.

    Steps: greeting, ehlo, starttls, mail, rcpt, data, body (while it comes), end, after (once the end was answered),
    rset, noop, quit. Where `takes` is None it keeps what it says 2xx to at the end.
    """

    script: Script = field(default_factory=dict)
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    takes: bool | None = None
    heals_after: float | None = None  # minutes until it is a good relay; None: never


GOOD_RELAY = Manner()


@dataclass(slots=True)
class Taken:
    """A mail that the relay has made itself responsible for."""

    to: str
    message_id: str
    raw: bytes
    at: int  # by the clock that the test moves


class Gone(Exception):
    """The relay has ended the conversation."""


@dataclass
class Talk:
    """One conversation."""

    relay: Relay
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    mails: int = 0  # of which the data has begun
    sender: bool = False
    to: list[str] = field(default_factory=list)
    argument: str = ""

    async def run(self) -> None:
        """Goes from the greeting to the end."""
        await self.say("greeting")
        while line := await self.reader.readline():
            self.relay.heard.append(line)
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            self.argument = rest
            await getattr(self, f"on_{verb.lower()}", self.on_other)()

    def asked(self, step: str) -> Says:
        """Returns what the script has for this step."""
        found = self.relay.manner.script.get(step, GOOD)
        return found(self) if callable(found) else found

    async def say(self, step: str, usual: bytes | None = None) -> bytes:
        """Gives this step's answer and returns it; raises Gone where the conversation ends with it."""
        return await self.utter(self.asked(step), USUAL[step] if usual is None else usual)

    async def utter(self, says: Says, usual: bytes) -> bytes:
        """Says the words, or the usual ones, in the manner that was asked for."""
        words = usual if says.words is None else says.words
        size = says.piece or max(len(words), 1)
        for start in range(0, len(words), size):
            if says.pause:
                await asyncio.sleep(says.pause)
            self.writer.write(words[start : start + size])
            await self.writer.drain()
        if says.then == "silence":
            await self.reader.read(-1)  # until the other side gives up
        if says.then == "reset":
            self.writer.transport.abort()
        if says.then != "go":
            raise Gone
        return words

    async def on_ehlo(self) -> None:
        lines = ["relay.example", *self.relay.manner.offers]
        marked = [f"250{'-' if line is not lines[-1] else ' '}{line}\r\n" for line in lines]
        await self.say("ehlo", "".join(marked).encode())

    async def on_starttls(self) -> None:
        if (await self.say("starttls")).startswith(b"220") and self.relay.tls:
            await self.writer.start_tls(self.relay.tls)

    async def on_mail(self) -> None:
        self.sender, self.to = (await self.say("mail")).startswith(b"2"), []

    async def on_rcpt(self) -> None:
        if (await self.say("rcpt", None if self.sender else b"503 5.5.1 MAIL first\r\n")).startswith(b"2"):
            self.to.append(self.argument.partition("<")[2].partition(">")[0])

    async def on_data(self) -> None:
        """Takes the body in; what it keeps is decided at the end."""
        usual = USUAL["data"] if self.to else b"503 5.5.1 no valid recipients\r\n"
        if not (await self.say("data", usual)).startswith(b"354"):
            return
        self.mails += 1
        self.relay.begun += 1
        lines: list[bytes] = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise Gone
            lines.append(line[1:] if line.startswith(b"..") else line)
            if "body" in self.relay.manner.script:
                await self.say("body", b"")
        await self._end(b"".join(lines))

    async def _end(self, raw: bytes) -> None:
        """Keeps the mail first and answers then, as a relay does whose answer is lost."""
        manner, says = self.relay.manner, self.asked("end")
        usual = b"250 2.0.0 queued as 1\r\n" if self.to and raw else b"554 5.5.1 no valid recipients\r\n"
        word = usual if says.words is None else says.words
        if raw and (word.startswith(b"2") if manner.takes is None else manner.takes):
            self.relay.take(self.to, raw)
        self.sender, self.to = False, []
        self.relay.on_end()
        await self.utter(says, usual)
        if "after" in manner.script:
            await self.say("after", b"")

    async def on_rset(self) -> None:
        self.sender, self.to = False, []
        await self.say("rset")

    async def on_noop(self) -> None:
        await self.say("noop")

    async def on_quit(self) -> None:
        await self.say("quit")
        raise Gone

    async def on_other(self) -> None:
        await self.say("other", b"502 5.5.2 unknown\r\n")


class Relay:
    """A listening relay; its manner may be changed between two mails."""

    def __init__(
        self, manner: Manner = GOOD_RELAY, tls: ssl.SSLContext | None = None, from_start: bool = False
    ):
        self.manner, self.tls, self.from_start = manner, tls, from_start
        self.taken: list[Taken] = []
        self.heard: list[bytes] = []
        self.begun = self.connections = self.port = 0
        self.on_end: Callable[[], None] = lambda: None
        self.now: Callable[[], int] = lambda: 0
        self.seen: Counter[str] = Counter()  # for manners that remember
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def copies(self) -> Counter[str]:
        """Counts what was taken by Message-ID."""
        return Counter(each.message_id for each in self.taken)

    def take(self, to: list[str], raw: bytes) -> None:
        """Notes a mail that some customer gets."""
        head = email.message_from_bytes(raw)
        self.taken += [Taken(one, str(head["Message-ID"]), raw, self.now()) for one in to]

    def __enter__(self) -> Relay:
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        self._stop, talks = asyncio.Event(), set[asyncio.Task[None]]()

        async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.add(asyncio.current_task())  # type: ignore[arg-type]
            await self._talk(reader, writer)

        server = await asyncio.start_server(
            welcome, "127.0.0.1", self.port, ssl=self.tls if self.from_start else None, limit=2**20
        )
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._stop.wait()
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(
                Gone, OSError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                await Talk(self, reader, writer, self.connections).run()
        finally:
            writer.close()
