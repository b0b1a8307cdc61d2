"""Webhooks out survive kill -9: each mail that was sent is told at least once, under one number, and none that was not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import MINUTE
from models import Message, Notice
from tests.notifying.receiver import SECRET, Receiver
from tests.promise.crashes.home import Home
from tests.promise.crashes.sink import Relay
from tests.stores import fresh_database
from tests.waiting import until

PLACES = (
    "settle.written", "notice.answered",
    *(pytest.param(place, marks=pytest.mark.long) for place in ("notice.claimed", "notice.settled")),
)  # fmt: skip


class Telling(Home):
    """A served home that tells a receiver of its mails."""

    def __init__(self, folder: Path, relay: Relay, receiver: Receiver, database: str | None) -> None:
        self.receiver = receiver
        super().__init__(folder, relay, database)

    def _config(self, database: str | None) -> str:
        endpoint = (
            f"    endpoints: [{{name: crm, url: 'http://127.0.0.1:{self.receiver.port}/', secrets: [{SECRET}], inside: true,"
            " events: [message.sent]}]\n"
        )
        return super()._config(database).replace("    website:", endpoint + "    website:")

    def sent(self) -> set[str]:
        """The numbers of the mails that the relay took."""
        rows = Message.select(Message.id).where(Message.state == "sent").tuples()
        return self.ask(lambda: {str(key) for (key,) in rows})

    def told(self) -> dict[str, set[str]]:
        """Under which numbers each mail was told."""
        found = defaultdict(set)
        for number, said in zip(self.receiver.numbers, self.receiver.told, strict=True):
            found[said["data"]["message"]].add(number)
        return found

    def waiting(self) -> bool:
        """Says whether something is still to be told; time goes on, so that claims of the dead are over."""
        self.step(MINUTE)
        return self.ask(lambda: Notice.select().where(Notice.state == "waiting").exists())


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    yield from served(tmp_path_factory.mktemp("told"), None)


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql_server: str) -> Iterator[Telling]:
    with fresh_database(postgresql_server, "template0") as url:
        yield from served(tmp_path_factory.mktemp("told"), url)


def served(folder: Path, database: str | None) -> Iterator[Telling]:
    """Serves a home until its tests are over."""
    receiver = Receiver()
    with Relay() as relay:
        home = Telling(folder, relay, receiver, database)
        home.start()
        yield home
        assert home.stop() == 0, home.log.read_text("utf-8")[-5000:]
        home.close()
    receiver.close()


@pytest.mark.parametrize("place", PLACES)
def test_killed_at_a_place_every_mail_that_was_sent_is_told_and_no_other(
    on_sqlite: Telling, place: str
) -> None:
    dies_and_tells(on_sqlite, place)


@pytest.mark.long
@pytest.mark.postgresql
def test_killed_on_postgresql_every_mail_that_was_sent_is_told_and_no_other(on_postgresql: Telling) -> None:
    for place in ("settle.written", "notice.claimed", "notice.answered", "notice.settled"):
        dies_and_tells(on_postgresql, place)


def dies_and_tells(home: Telling, place: str) -> None:
    """Has a role die at a place, lets everything come to its end, and compares what was told with what was sent."""
    home.arm(place)
    home.push([f"{place}-{number}" for number in range(3)])
    until(home.fired, 60)
    home.disarm()
    until(lambda: home.answers("/health"), 60)
    home.settle_down()
    until(lambda: not home.waiting(), 60)
    told = home.told()
    assert set(told) == home.sent()
    assert home.sent()
    assert all(len(numbers) == 1 for numbers in told.values()), "a repetition is known by its number"
