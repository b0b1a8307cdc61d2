"""The mail catcher: a small SMTP server on this machine that stands in for a relay and keeps what it takes."""

from __future__ import annotations

import asyncio
import email
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SMTPServer
from aiosmtpd.smtp import Envelope, Session

from engine.clock import Clock
from engine.delivery.headers import decoded
from engine.delivery.pool import PORT_FILE
from engine.store import Store
from models import Caught

LARGEST = 20_000_000


class Keeper:
    """Writes each mail into the store before it answers 250."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock

    async def handle_DATA(self, server: SMTPServer, session: Session, envelope: Envelope) -> str:
        """Keeps one mail for each of its recipients."""
        await asyncio.to_thread(self._keep, envelope)
        return "250 OK kept"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        raw, subject = (
            content.decode("latin-1"),
            decoded(str(email.message_from_bytes(content).get("Subject", ""))),
        )
        with self.store.use(), self.store.transaction():
            for to in envelope.rcpt_tos:
                Caught.create(to=to, subject=subject, raw=raw, at=self.clock.now())


class Catcher:
    """The running server; `port` is where it listens."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._controller = _Controller(Keeper(store, clock), self._socket)

    def __enter__(self) -> Catcher:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
        self._socket.close()


class _Controller(Controller):
    """Listens on a socket that is open already, so that nobody can take its port in between."""

    def __init__(self, handler: Keeper, listening: socket.socket) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=listening.getsockname()[1],
                         data_size_limit=LARGEST, ident="Regulars mail catcher")  # fmt: skip
        self._listening = listening

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


def run_catcher(
    store: Store, clock: Clock, home: Path, stop: threading.Event, started: Callable[[], None] = lambda: None
) -> None:
    """Catches mail until `stop` is set; its port stands in the home's catcher.port meanwhile."""
    with Catcher(store, clock) as catcher:
        file = home / PORT_FILE
        swap = file.with_suffix(".new")
        swap.write_text(str(catcher.port), "ascii")
        swap.replace(file)
        started()
        stop.wait()
        file.unlink(missing_ok=True)
