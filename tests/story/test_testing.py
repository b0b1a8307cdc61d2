"""Test mode of a whole server whose relay is a real one: kills and restarts bring no mail of it to anybody."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store import Store, open_store
from models import Caught, Message, Shop
from tests.delivery.sink import Sink
from tests.story.served import Served
from tests.waiting import until

PEOPLE = ("Anna", "Borys", "Celina", "Daria")


class WithRelay(Served):
    """A server that mails over a sink, with a test key beside the live one."""

    def __init__(self, folder: Path, database: str | None, sink: Sink) -> None:
        super().__init__(folder, database)
        relay = f"relay: {{host: 127.0.0.1, port: {sink.port}, tls: none}}"
        self.config.write_text(self.config.read_text("utf-8").replace("relay: {host: null}", relay), "utf-8")
        self.live_key, self.test_key = self.key, self.run("keys", "create", "--test").strip()
        self.store: Store = open_store(database or f"sqlite:///{(self.home / 'regulars.db').absolute()}")

    def start(self, *options: str) -> None:
        """Starts all roles; there is no catcher to wait for."""
        with self.log.open("a") as log:
            command = self.command("serve", "--port", str(self.port), *options)
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until(lambda: self.answers("/health"), 60)

    def orders(self, key: str, first: int) -> None:
        """Pushes an order of each person with one of the keys."""
        self.key = key
        for number, name in enumerate(PEOPLE, first):
            assert self.order(str(number), name, consent=True) == 201

    def caught(self) -> list[str]:
        """Lists to whom the mailbox has mails."""
        with self.store.use():
            return sorted(to for (to,) in Caught.select(Caught.to).where(Caught.test == True).tuples())  # noqa: E712 - a column

    def waiting(self) -> int:
        """Counts mails of test mode that are not settled."""
        with self.store.use():
            test = Shop.get(Shop.key == "optyk.test")
            return int(Message.select().where(Message.shop == test, Message.state != "sent").count())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[WithRelay, Sink]]:
    database = request.getfixturevalue("empty_postgresql_url") if request.param == "postgresql" else None
    with Sink() as sink:
        made = WithRelay(tmp_path, database, sink)
        try:
            made.start()
            yield made, sink
        finally:
            if made.process and made.process.poll() is None:
                assert made.stop() == 0, made.log.read_text("utf-8")
            made.store.close()


def test_a_real_relay_hears_nothing_of_test_mode_be_the_server_killed_or_started_anew(
    server: tuple[WithRelay, Sink],
) -> None:
    regulars, sink = server
    everybody = sorted(f"{name.lower()}@example.com" for name in PEOPLE)
    regulars.orders(regulars.test_key, 1001)
    until(lambda: regulars.caught() == sorted(2 * everybody), 30)
    assert sink.connections == 0
    regulars.orders(regulars.live_key, 5001)
    until(lambda: len(sink.accepted) == 8, 30)
    regulars.kill("sender")
    regulars.orders(regulars.test_key, 2001)
    until(lambda: len(regulars.caught()) >= 16 and regulars.waiting() == 0, 60)
    assert regulars.stop() == 0
    regulars.start()
    regulars.orders(regulars.test_key, 3001)
    until(lambda: len(regulars.caught()) >= 24 and regulars.waiting() == 0, 60)
    assert len(sink.accepted) == 8
    heard = b"\n".join(sink.accepted)
    assert b"5001" in heard
    assert not any(str(number).encode() in heard for number in (1001, 2001, 3001))
    regulars.run("keys", "empty")
    assert regulars.caught() == []
