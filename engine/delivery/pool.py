"""A few connections to the relay, kept open from batch to batch, that carry mails side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiosmtplib import SMTPException

from engine.config import Relay
from engine.config_testing import is_apart
from engine.delivery.exchange import Answer, Bounds, converse
from engine.delivery.exchange import Letter as Letter  # it is named by those who use a pool
from engine.delivery.smtp import connect
from engine.delivery.talk import Broken, Talk
from engine.errors import RegularsError, StoreError
from engine.outbox.pace import closed_for_pace

PORT_FILE = "catcher.port"
LEAST_EACH = 4  # mails that make another connection worth opening
SURE_FOR = 5.0  # seconds after its last use for which a connection is taken to stand
# Seconds within which each mail of a batch begins, or is not begun: with the ten minutes that a relay may take over the
# end of the data that is less than a sender's lease, after which another may take the mail for lost.
BEGIN_WITHIN = 120.0
CAREFUL_FOR = 600.0  # seconds without pipelining after a relay that offers it lost count
TEST_MAIL = Answer("refused", "a mail of test mode goes to the built-in mailbox alone", True, "test_mode")
NO_WAY = (SMTPException, OSError, RegularsError, Broken)


class Pool:
    """Connections to one relay, or to the catcher that stands in for it."""

    def __init__(self, relay: Relay, home: Path | None = None, port: int | None = None) -> None:
        self.relay, self.home, self.port = relay, home, port
        self._idle: list[Talk] = []
        self._one_by_one_until = 0.0  # of the event loop's clock
        self._runner = asyncio.Runner()

    def ready(self) -> str | None:
        """Makes sure that at least one connection stands, before any mail is called `sending`; else says why not."""
        return self._runner.run(self._ready())

    def carry(self, letters: Sequence[Letter]) -> dict[int, Answer]:
        """Sends the mails side by side and returns what became of each; one of test mode it sends to nobody."""
        tests = {letter.id: TEST_MAIL for letter in letters if is_apart(letter.to)}
        return tests | self._runner.run(self._carry([each for each in letters if each.id not in tests]))

    def close(self) -> None:
        """Takes leave of the relay."""
        self._runner.run(self._quit())
        self._runner.close()

    async def _ready(self) -> str | None:
        while self._idle:
            talk = self._idle[-1]
            if await _stands(talk):
                return None
            self._idle.pop().close()
        try:
            self._idle.append(await self._open())
        except NO_WAY as error:
            return _words(error)
        return None

    async def _carry(self, letters: list[Letter]) -> dict[int, Answer]:
        answers: dict[int, Answer] = {}
        letters.reverse()  # lanes take from the end
        lanes = max(1, min(self.relay.connections, len(letters) // LEAST_EACH or 1))
        groups = {letter.id: letter.group for letter in letters}
        begin_by = asyncio.get_running_loop().time() + BEGIN_WITHIN
        bounds = Bounds(self.relay.data_timeout_seconds, self.relay.mails_per_connection, begin_by)
        whys = await asyncio.gather(*(self._lane(letters, answers, bounds, groups) for _ in range(lanes)))
        why = next(
            (why for why in whys if why), f"not begun within {BEGIN_WITHIN:g} seconds: the relay is slow"
        )
        return answers | {letter.id: Answer("deferred", why, usable=False) for letter in letters}

    async def _lane(
        self, letters: list[Letter], answers: dict[int, Answer], bounds: Bounds, groups: Mapping[int, str]
    ) -> str | None:
        """Takes letters from the shared list until it is empty, on one connection at a time; says why no other opens."""
        loop = asyncio.get_running_loop()
        while letters and loop.time() < bounds.begin_by:
            fresh = not self._idle
            try:
                talk = await self._open() if fresh else self._idle.pop()
            except NO_WAY as error:
                return f"no connection: {_words(error)}"
            lost = await converse(talk, letters, answers, bounds)
            if talk.confused:
                self._one_by_one_until = loop.time() + CAREFUL_FOR
            elif lost and (closed_for_pace(lost.reply) or (fresh and not talk.carried)):
                answers[letters.pop().id] = lost
            _spare(letters, answers, groups)
            await self._put_away(talk)
        return None

    async def _put_away(self, talk: Talk) -> None:
        """Keeps a connection that can carry more, and takes leave of one that has carried its share."""
        if not talk.open:
            return
        if talk.carried < self.relay.mails_per_connection:
            self._idle.append(talk)
        else:
            await talk.quit()

    async def _open(self) -> Talk:
        host, port = self._where()
        client = await connect(self.relay, host, port)
        careful = asyncio.get_running_loop().time() < self._one_by_one_until
        return Talk(client, self.relay.timeout_seconds, self.relay.pipelining and not careful)

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
        while self._idle:
            await self._idle.pop().quit()


def _spare(letters: list[Letter], answers: dict[int, Answer], groups: Mapping[int, str]) -> None:
    """Leaves out what goes to providers that have closed a connection because mail comes too fast: no new one for those."""
    said = {
        groups[key]: answer.reply
        for key, answer in answers.items()
        if answer.outcome == "deferred" and closed_for_pace(answer.reply)
    }
    if said:
        answers |= {
            each.id: Answer("later", f"waits for its provider, who said {said[each.group]}", usable=False)
            for each in letters
            if each.group in said
        }
        letters[:] = [each for each in letters if each.group not in said]


async def _stands(talk: Talk) -> bool:
    """Says whether a connection still answers: a relay hangs up on those who are silent for some minutes."""
    if talk.open and talk.time() - talk.used_at < SURE_FOR:
        return True
    try:
        return talk.open and (await talk.ask(b"NOOP\r\n")).code // 100 == 2
    except Broken:
        return False


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, RegularsError) else f"{type(error).__name__}: {error}"
