"""The relay of the proof: it takes every mail on a real socket, and counts each copy before it says so."""

from __future__ import annotations

import contextlib
import random
import re
import socketserver
import threading
from collections import Counter
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr
from types import TracebackType
from typing import Any

END = b".\r\n"
ORDER = re.compile(r"zamówienie (\S+)")


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a mail that was taken: its headers as they came."""

    head: bytes

    def field(self, name: str) -> str:
        """Returns a header as people read it."""
        unfolded = re.sub(rb"\r\n(?=[ \t])", b"", self.head)
        found = re.search(rb"^%s: (.*?)\r?$" % name.encode(), unfolded, re.MULTILINE | re.IGNORECASE)
        return str(make_header(decode_header(found[1].decode("ascii")))) if found else ""


class Relay(socketserver.ThreadingTCPServer):
    """Takes mail; `slowness` is the longest that it thinks before its last word, in seconds."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, slowness: float = 0.0, pipelining: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.port = int(self.server_address[1])
        self.slowness, self.pipelining = slowness, pipelining
        self.copies: list[Copy] = []
        self.opened = threading.Event()  # closed, it takes mail and does not say so
        self.opened.set()

    def __enter__(self) -> Relay:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.opened.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keeps silent about senders that were killed in the midst of a word."""

    def thank_yous(self) -> Counter[str]:
        """Counts the copies of thank-yous by the number of their order."""
        subjects = (copy.field("Subject") for copy in list(self.copies))
        return Counter(found[1] for subject in subjects if (found := ORDER.search(subject)))

    def identities(self) -> int:
        """Returns how many Message-IDs the copies of one thank-you have, at most."""
        found: dict[str, set[str]] = {}
        for copy in list(self.copies):
            if order := ORDER.search(copy.field("Subject")):
                found.setdefault(order[1], set()).add(copy.field("Message-ID"))
        return max(map(len, found.values()), default=1)

    def offers(self) -> Counter[tuple[str, str]]:
        """Counts the copies of everything else by subject and recipient."""
        found: Counter[tuple[str, str]] = Counter()
        for copy in list(self.copies):
            subject = copy.field("Subject")
            if not ORDER.search(subject):
                found[subject, parseaddr(copy.field("To"))[1]] += 1
        return found


class Talk(socketserver.StreamRequestHandler):
    """One conversation."""

    def handle(self) -> None:
        """Answers until the other side goes away, be it killed."""
        with contextlib.suppress(OSError, ValueError):
            self._say("220 sink")
            while line := self.rfile.readline():
                verb = line[:4].upper().strip()
                if verb == b"QUIT":
                    return self._say("221 bye")
                if verb == b"DATA":
                    if not self._take():
                        return None
                elif verb == b"EHLO":
                    self._say("250-sink\r\n250 PIPELINING" if self.server.pipelining else "250 sink")  # type: ignore[attr-defined]
                else:
                    self._say("250 ok")
        return None

    def _take(self) -> bool:
        """Takes a mail; one that breaks off before its end is none."""
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != END:
            if not line.endswith(b"\n"):
                return False
            lines.append(line)
        relay: Any = self.server
        relay.copies.append(Copy(b"".join(lines).partition(b"\r\n\r\n")[0]))
        if relay.slowness:
            threading.Event().wait(random.uniform(0, relay.slowness))
        relay.opened.wait(60)
        self._say("250 ok, counted")
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")
