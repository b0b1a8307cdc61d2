"""A receiver of webhooks on a real socket, with manners good and bad; it believes what the standard's own library believes."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections import deque
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, webhooks

from engine.clock import MINUTE, Clock, moment
from engine.config import Config
from engine.config_endpoints import Endpoint
from engine.notices import listen
from engine.notifying.queue import Whose
from engine.notifying.rounds import Notifier
from engine.store import Store
from tests.outbox.shop import NOON, Optician, config

SECRET, OLD_SECRET = f"whsec_{'A' * 32}", f"whsec_{'B' * 32}"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """An answer of a status."""
    said = "".join(f"{each}\r\n" for each in headers)
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{said}\r\n".encode() + body


class Receiver:
    """Answers each post with the next of `manners`, and with OK when there is none; keeps what it was told."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        self.heads: list[dict[str, str]] = []
        self.bodies: list[str] = []
        self.paths: list[str] = []
        self.manners: deque[Any] = deque()
        self.connections = 0
        self.done = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if tls else None
        if self.tls and tls:
            self.tls.load_cert_chain(*tls)
        self._turn = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def numbers(self) -> list[str]:
        """The `webhook-id` of all that it was told."""
        return [head["webhook-id"] for head in self.heads]

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it was told."""
        return [json.loads(body) for body in self.bodies]

    def believes(self, secret: str, at: int, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """What the library of the standard reads of all that it was told; raises where it believes one of them not."""

        class Then(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return moment(at)

        monkeypatch.setattr(webhooks, "datetime", Then)
        return [
            Webhook(secret).verify(body, head) for head, body in zip(self.heads, self.bodies, strict=True)
        ]

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.socket.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        with suppress(OSError), sock:
            if self.tls:
                with self.tls.wrap_socket(sock, server_side=True) as shielded:
                    self._listen(shielded)
            else:
                self._listen(sock)

    def _listen(self, sock: socket.socket) -> None:
        with sock.makefile("rb") as file:
            while line := file.readline():
                head = {}
                while said := file.readline().strip():
                    name, _, value = said.decode().partition(":")
                    head[name.lower()] = value.strip()
                body = file.read(int(head.get("content-length", 0))).decode()
                with self._turn:
                    self.heads.append(head)
                    self.bodies.append(body)
                    self.paths.append(line.split()[1].decode())
                    manner = self.manners.popleft() if self.manners else OK
                if callable(manner):
                    manner(sock, self.done)
                    return
                sock.sendall(manner)

    def close(self) -> None:
        """Hangs up."""
        self.done.set()
        self.away()

    def away(self) -> None:
        """Takes no more calls."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def silent(sock: socket.socket, done: threading.Event) -> None:
    """Says nothing until the test is over."""
    done.wait(30)


def dripping(sock: socket.socket, done: threading.Event) -> None:
    """Gives a byte of its head now and then, for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not done.wait(0.05):
        sock.sendall(b"x")


def endless(sock: socket.socket, done: threading.Event) -> None:
    """Takes the message and then talks for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not done.is_set():
        sock.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def hanging_up(sock: socket.socket, done: threading.Event) -> None:
    """Reads, and is gone."""


class Stepped(Clock):
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> int:
        return self.at


class Told:
    """The optician with one endpoint, and the notifier that tells it; nothing runs by itself."""

    def __init__(self, store: Store, receiver: Receiver, worker: str = "one", **settings: Any) -> None:
        self.store, self.receiver, self.clock = store, receiver, Stepped()
        self.settings(**settings)
        self.shop = Optician(store)
        self.notifier = Notifier(self, worker)

    def settings(self, **settings: Any) -> None:
        """Names the endpoint in config.yaml, as a restart would read it."""
        fields = {"name": "crm", "url": f"http://127.0.0.1:{self.receiver.port}/hooks?key=1", "secrets": (SECRET,),
                  "inside": True, "timeout_seconds": 1} | settings  # fmt: skip
        self.endpoint = Endpoint.model_validate(fields)
        first = config().shops[0].model_copy(update={"endpoints": (self.endpoint,)})
        self.config: Config = config().model_copy(update={"shops": (first,)})
        listen(self.store, self.config)

    @property
    def whose(self) -> Whose:
        """The endpoint."""
        [found] = self.notifier.whose()
        return found

    def drain(self, minutes: int = 0) -> int:
        """Tells what is due so many minutes later."""
        self.clock.at += minutes * MINUTE
        return sum(self.notifier.drain(each) for each in self.notifier.waiting())
