"""One process dies at each place between two durable steps, is started again, and the sink counts what came."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from engine.clock import MINUTE
from engine.failpoint import NAMES
from tests.promise.conftest import tell
from tests.promise.crashes.home import RULES, Home
from tests.promise.crashes.sink import Relay
from tests.promise.crashes.verdict import Verdict, verdict
from tests.stores import fresh_database
from tests.waiting import until

# In an order in which the same role seldom dies twice in a row: `serve` waits longer each time. `True`: the crash comes
# while mails are `sending`, so that some of them may end unknown.
PLACES = {
    "intake.written": False, "tick.leased": False, "claim.written": False, "claim.committed": False,
    "tick.watched": False, "sending.written": False, "intake.committed": False, "tick.decided": False,
    "sending.committed": True, "tick.written": False, "smtp.envelope": True, "publish.written": False,
    "smtp.data": True, "tick.committed": False, "smtp.body": True, "publish.committed": False, "smtp.answered": True,
    "tick.moving": False, "settle.written": True, "coupons.committed": False, "tick.moved": False,
    "settle.committed": True, "recover.written": True, "recover.committed": True,
}  # fmt: skip
POSTGRESQL = (
    "intake.written", "claim.written", "claim.committed", "sending.written", "intake.committed", "tick.decided",
    "sending.committed", "tick.written", "smtp.data", "tick.committed", "smtp.body", "publish.written",
    "smtp.answered", "tick.moving", "settle.written", "recover.written",
)  # fmt: skip
LATE = 18  # the passing at which the twelve thank-yous are through and offers are on their way
CASES = [(place, 1) for place in PLACES] + [("smtp.data", LATE), ("smtp.body", LATE), ("smtp.answered", LATE)]
SHORT = [
    ("claim.committed", 1),
    ("tick.committed", 1),
    ("sending.committed", 1),
    ("smtp.body", 1),
    ("smtp.body", LATE),
]
ORDERS = 12  # at each place, so that more mails wait than one commit may mark
AT_MOST = 20


@dataclass
class Round:
    """One server that dies at many places, and what has been counted so far."""

    home: Home
    relay: Relay
    name: str
    numbers: Iterator[int]
    places: set[str] = field(default_factory=set)
    kills: int = 0
    most_in_doubt: int = 0
    last: Verdict | None = None

    def restarts(self) -> int:
        """Counts the processes that were started again, by their parents' own words."""
        log = self.home.log.read_text("utf-8")
        return len(re.findall(r"\] died |was sent SIGKILL", log))


@pytest.fixture(scope="module")
def on_sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """A served home on SQLite for all places."""
    yield from _served(request, tmp_path_factory.mktemp("crashes"), None)


@pytest.fixture(scope="module")
def on_postgresql(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql_server: str
) -> Iterator[Round]:
    """A served home on PostgreSQL for all places."""
    with fresh_database(postgresql_server, "template0") as url:
        yield from _served(request, tmp_path_factory.mktemp("crashes"), url)


def _served(request: pytest.FixtureRequest, folder: Path, url: str | None) -> Iterator[Round]:
    with Relay() as relay:
        home = Home(folder, relay, url)
        home.start()
        served = Round(home, relay, "PostgreSQL" if url else "SQLite", count())
        yield served
        assert home.process
        home.process.send_signal(signal.SIGCONT)
        assert home.stop() == 0, home.log.read_text("utf-8")[-5000:]
        home.close()
        if served.last:
            _told(request.config, served, served.last)


def _told(config: pytest.Config, served: Round, last: Verdict) -> None:
    """Tells the figures of all places together."""
    counted = {
        "kills": served.kills, "restarts": served.restarts(),
        **last.figures(), "most_in_doubt_at_a_crash": served.most_in_doubt,
    }  # fmt: skip
    tell(config, f"SIGKILL at {len(served.places)} places between durable steps, {served.name}", counted)


def cases(short: list[tuple[str, int]], of: Iterable[str]) -> list[object]:
    """Makes the cases of some places; all but those of the short form are long."""
    return [
        pytest.param(place, times, marks=[] if (place, times) in short else [pytest.mark.long])
        for place, times in CASES
        if place in of
    ]


@pytest.mark.parametrize(("place", "times"), cases(SHORT, PLACES))
def test_killed_at_a_place_and_started_again_nothing_is_lost_and_no_offer_comes_twice(
    on_sqlite: Round, place: str, times: int
) -> None:
    dies_and_goes_on(on_sqlite, place, times)


@pytest.mark.postgresql
@pytest.mark.parametrize(("place", "times"), cases([], POSTGRESQL))
def test_killed_at_a_place_on_postgresql_nothing_is_lost_and_no_offer_comes_twice(
    on_postgresql: Round, place: str, times: int
) -> None:
    dies_and_goes_on(on_postgresql, place, times)


def dies_and_goes_on(round_: Round, place: str, times: int) -> None:
    """Has a role die at a place, lets everything come to its end, and holds the count against the promise."""
    home, relay = round_.home, round_.relay
    before = verdict(home, relay)
    _die(round_, place, times)
    until(lambda: home.answers("/health"), 60)
    home.settle_down()
    after = round_.last = verdict(home, relay)
    after.demand()
    assert after.accepted - before.accepted == ORDERS
    assert after.unknown - before.unknown <= AT_MOST
    if not PLACES[place]:
        assert (after.unknown, after.repeated) == (before.unknown, before.repeated), "nothing was in doubt"


def _die(round_: Round, place: str, times: int) -> None:
    """Has a role die at the place while orders come in; the parent is held until it is counted what was in doubt."""
    home = round_.home
    assert home.process
    numbers = [f"{place.replace('.', '')}{next(round_.numbers)}" for _ in range(ORDERS)]
    if place.startswith("recover"):
        _kill_a_sender_at_work(round_, numbers, place)
    elif place.startswith("intake"):
        home.arm(place)
        for number in numbers:
            home.push([number])
    else:
        os.kill(home.process.pid, signal.SIGSTOP)
        home.arm(place, times)
        if place.startswith("publish"):
            _edit(home, place)
        home.push(numbers)
        home.step(MINUTE)
        until(home.fired, 60)
        _count(round_)
        os.kill(home.process.pid, signal.SIGCONT)
    until(home.fired, 60)
    home.disarm()
    round_.places.add(place)
    round_.kills += 1


def _count(round_: Round) -> None:
    in_doubt = max(round_.home.in_doubt(), default=0)
    round_.most_in_doubt = max(round_.most_in_doubt, in_doubt)
    assert in_doubt <= AT_MOST


def _edit(home: Home, place: str) -> None:
    """Changes a rule's note, so that the clock publishes the folder."""
    text = RULES["offers.yaml"].replace("Something that goes", f"At {place}: what goes")
    (home.rules / "offers.yaml").write_text(text, "utf-8")


def _kill_a_sender_at_work(round_: Round, numbers: list[str], place: str) -> None:
    """Kills a sender that waits for the relay's last word, so that the next one has something to take back."""
    home, relay = round_.home, round_.relay
    relay.opened.clear()
    home.push(numbers)
    until(home.in_doubt, 60)
    home.arm(place)
    killed = home.kill("sender")
    _count(round_)
    relay.opened.set()
    assert killed


def test_each_place_of_the_served_roles_is_died_at() -> None:
    elsewhere = {
        name for name in NAMES if name.split(".")[0] in ("migrate", "backup", "restore", "erase", "notice")
    }
    assert set(NAMES) - elsewhere == set(PLACES)
    assert len(PLACES) >= 12
