"""A name server on a real socket, that answers from a zone, or says nothing."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """Answers questions over UDP as `zone` says; `silent` answers nothing, `broken` says SERVFAIL."""

    def __init__(self, zone: str, silent: bool = False, broken: bool = False) -> None:
        self.sets = [dns.rrset.from_text(*line.split(None, 4)) for line in zone.splitlines() if line]
        self.silent, self.broken, self.asked = silent, broken, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            text, who = self._socket.recvfrom(4096)
            if not text:
                return
            self.asked += 1
            if not self.silent:
                self._socket.sendto(self._answer(text), who)

    def _answer(self, text: bytes) -> bytes:
        question = dns.message.from_wire(text)
        reply = dns.message.make_response(question)
        reply.flags |= dns.flags.RA
        asked = question.question[0]
        if self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif not any(each.name == asked.name for each in self.sets):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.answer += [each for each in self.sets if (each.name, each.rdtype) == (asked.name, asked.rdtype)]
        return reply.to_wire()
