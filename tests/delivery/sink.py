"""A scripted SMTP server on a real socket: it behaves as relays do on bad days, and counts what it accepted."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

PIPELINING = "pipelining"  # as the answer to EHLO: commands need not wait for one another
DROP, SILENT, RESET = "drop", "silent", "reset"  # instead of a reply: close, say nothing more, reset


class Sink:
    """Answers each stage as scripted; `script` maps a stage to a reply, and may be changed between mails.

    Stages: greeting, ehlo, mail, rcpt, data, body (in the midst of it), end (after the final dot), and `after`: what
    happens once a mail was accepted. DATA without a recipient is refused, as relays do, unless `data` is scripted; a body
    without one is never accepted.
    """

    def __init__(self, **script: str) -> None:
        self.script = script
        self.accepted: list[bytes] = []
        self.senders: list[str] = []  # each MAIL command
        self.begun = 0  # mails of which the data began
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.heard: list[str] = []  # the commands' verbs
        self.on_end: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._clients: list[socket.socket] = []

    def __enter__(self) -> Sink:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # or a blocked accept would keep the port listening
        self._server.close()
        for client in self._clients:
            client.close()

    def hang_up(self) -> None:
        """Closes every conversation, as relays do with those who are silent for long."""
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            with client, client.makefile("rb") as reader:
                if self._say(client, "greeting", "220 sink"):
                    self._converse(client, reader)
        except OSError:
            pass
        finally:
            with self._lock:
                self.open -= 1

    def _converse(self, client: socket.socket, reader) -> None:  # type: ignore[no-untyped-def]
        defaults = {
            "ehlo": "250 sink",
            "mail": "250 ok",
            "rcpt": "250 ok",
            "rset": "250 ok",
            "noop": "250 ok",
        }
        recipient = False
        while line := reader.readline():
            verb = line[:4].decode("latin-1").strip().lower()
            self.heard.append(verb)
            if verb == "quit":
                client.sendall(b"221 bye\r\n")
                return
            if verb == "mail":
                self.senders.append(line.decode("latin-1"))
            if verb == "data":
                if not self._data(client, reader, recipient):
                    return
            elif not self._say(client, verb, defaults.get(verb, "502 no")):
                return
            said = self.script.get(verb, defaults.get(verb, "502 no"))
            recipient = said.startswith("2") if verb == "rcpt" else False

    def _data(self, client: socket.socket, reader, recipient: bool) -> bool:  # type: ignore[no-untyped-def]
        usual = "354 go on" if recipient else "503 no recipient"
        if not self._say(client, "data", usual):
            return False
        if not self.script.get("data", usual).startswith("354"):
            return True
        self.begun += 1
        lines = []
        while (line := reader.readline()) != b".\r\n":
            if not line or self.script.get("body") == DROP:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        reply = self.script.get("end", "250 ok id=1" if recipient else "554 nobody to get it")
        if reply.startswith("2") and recipient:
            with self._lock:
                self.accepted.append(b"".join(lines))
        self.on_end()
        return self._say(client, "end", reply) and self.script.get("after") != DROP

    def _say(self, client: socket.socket, stage: str, usual: str) -> bool:
        """Sends the scripted reply; returns whether the conversation goes on."""
        reply = self.script.get(stage, usual)
        if reply == PIPELINING:
            reply = "250-sink\r\n250 PIPELINING"
        if reply == SILENT:
            client.recv(1)  # until the other side gives up
            return False
        if reply == DROP:
            return False
        client.sendall(reply.encode("utf-8") + b"\r\n")
        return True
