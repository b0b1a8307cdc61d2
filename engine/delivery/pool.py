"""A few connections to the relay, kept open from batch to batch, that carry mails side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiosmtplib import SMTP, SMTPException

from engine.config import Relay
from engine.delivery.smtp import Answer, connect, hand_over
from engine.errors import StoreError

PORT_FILE = "catcher.port"
LEAST_EACH = 4  # mails that make another connection worth opening
MAILS_EACH = 500  # that one connection carries before it is opened anew, as relays like it


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail's envelope and bytes."""

    id: int
    sender: str
    to: str
    raw: bytes


class Pool:
    """Connections to one relay, or to the catcher that stands in for it."""

    def __init__(self, relay: Relay, home: Path | None = None, port: int | None = None) -> None:
        self.relay, self.home, self.port = relay, home, port
        self._idle: list[tuple[SMTP, int]] = []
        self._runner = asyncio.Runner()

    def ready(self) -> str | None:
        """Makes sure that at least one connection stands, before any mail is called `sending`; else says why not."""
        return self._runner.run(self._ready())

    def carry(self, letters: Sequence[Letter]) -> dict[int, Answer]:
        """Sends the mails side by side and returns what became of each."""
        return self._runner.run(self._carry(list(letters)))

    def close(self) -> None:
        """Takes leave of the relay."""
        self._runner.run(self._quit())
        self._runner.close()

    async def _ready(self) -> str | None:
        while self._idle:
            client, _ = self._idle[-1]
            try:  # a relay hangs up on those who are silent for some minutes
                await client.noop()
                return None
            except (SMTPException, OSError):
                client.close()
                self._idle.pop()
        try:
            self._idle.append((await self._open(), 0))
        except (SMTPException, OSError, StoreError) as error:
            return f"{type(error).__name__}: {error}"
        return None

    async def _carry(self, letters: list[Letter]) -> dict[int, Answer]:
        answers: dict[int, Answer] = {}
        letters.reverse()  # lanes take from the end
        lanes = max(1, min(self.relay.connections, len(letters) // LEAST_EACH or 1))
        await asyncio.gather(*(self._lane(letters, answers) for _ in range(lanes)))
        return answers

    async def _lane(self, letters: list[Letter], answers: dict[int, Answer]) -> None:
        """Takes letters from the shared list until it is empty, on one connection at a time."""
        client, carried = self._idle.pop() if self._idle else (None, 0)
        while letters:
            letter, fresh = letters.pop(), False
            if client is None or not client.is_connected:
                try:
                    client, carried, fresh = await self._open(), 0, True
                except (SMTPException, OSError, StoreError) as error:
                    answers[letter.id] = Answer("deferred", f"no connection: {error}", usable=False)
                    continue
            answer = await hand_over(
                client, letter.sender, letter.to, letter.raw, self.relay.data_timeout_seconds
            )
            if (
                answer.lost and not fresh
            ):  # an old connection had gone: the mail has not begun, so it is tried anew
                letters.append(letter)
                client = None
                continue
            answers[letter.id], carried = answer, carried + 1
            if not answer.usable or carried >= MAILS_EACH:
                client.close()
                client = None
        if client is not None:
            self._idle.append((client, carried))

    async def _open(self) -> SMTP:
        host, port = self._where()
        return await connect(self.relay, host, port)

    def _where(self) -> tuple[str, int]:
        if self.relay.host:
            return self.relay.host, self.relay.port
        if self.port:
            return "127.0.0.1", self.port
        file = self.home / PORT_FILE if self.home else None
        if file is None or not file.exists():
            raise StoreError(
                "no mail catcher runs in this home", remedy="start server.py serve, or configure a relay"
            )
        return "127.0.0.1", int(file.read_text("ascii"))

    async def _quit(self) -> None:
        for client, _ in self._idle:
            try:
                await client.quit()
            except (SMTPException, OSError):
                client.close()
        self._idle.clear()
