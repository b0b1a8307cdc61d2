"""PostgreSQL is killed in the midst of everything and started again: what was accepted is there, and no offer comes twice."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promise.conftest import Figures
from tests.promise.manners.relay import Relay
from tests.promise.nodes.cluster import Cluster
from tests.promise.nodes.relayed import Relayed
from tests.stores import make_database
from tests.waiting import until

pytestmark = pytest.mark.postgresql


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A durable PostgreSQL with an empty database `regulars`."""
    with tempfile.TemporaryDirectory(prefix="regulars-cluster-") as folder:
        made = Cluster(Path(folder))
        made.start()
        make_database(made.server, "regulars")
        yield made
        made.stop()


@pytest.fixture
def regulars(tmp_path: Path, cluster: Cluster) -> Iterator[Relayed]:
    """A running Regulars on it."""
    with Relay() as relay:
        server = Relayed(tmp_path, relay, f"{cluster.server}/regulars")
        server.start()
        yield server
        server.stop()


def kill_while(regulars: Relayed, cluster: Cluster, orders: range, at_mail: int) -> None:
    """Pushes orders, kills the database when the relay has so many mails, and starts it a moment later."""
    reached, gone = threading.Event(), threading.Event()

    def count() -> None:
        if regulars.relay.begun >= at_mail and not reached.is_set():
            reached.set()
            gone.wait(20)  # the relay's answer comes when nobody can write it down

    regulars.relay.on_end = count
    for number in orders:
        if reached.is_set() and not gone.is_set():
            kill_and_start(regulars, cluster, orders[-1], gone)
        regulars.push(number)
    if not gone.is_set():
        until(reached.is_set, 90)
        kill_and_start(regulars, cluster, orders[-1], gone)


def kill_and_start(regulars: Relayed, cluster: Cluster, order: int, gone: threading.Event) -> None:
    """Kills the database, lets the relay answer whoever waits for it, and starts the database again."""
    cluster.kill()
    gone.set()
    assert regulars.tried(order) in (0, 503), "what cannot be kept is not accepted"
    cluster.start()


def test_a_database_that_is_killed_while_orders_come_and_mails_go_loses_and_doubles_nothing(
    regulars: Relayed, cluster: Cluster
) -> None:
    orders = range(40)
    kill_while(regulars, cluster, orders, 10)
    until(lambda: regulars.thanked() == set(orders), 150)
    assert regulars.offered_twice() == 0


@pytest.mark.long
def test_a_database_that_is_killed_again_and_again_loses_and_doubles_nothing(
    regulars: Relayed, cluster: Cluster, figures: Figures
) -> None:
    kills, each = 6, 40
    for kill in range(kills):
        kill_while(regulars, cluster, range(each * kill, each * (kill + 1)), regulars.relay.begun + 10 + kill)
    until(lambda: len(regulars.thanked()) == kills * each, 300)
    figures("PostgreSQL killed", kills=kills, orders=kills * each, orders_thanked=len(regulars.thanked()),
            offers_got_twice=regulars.offered_twice())  # fmt: skip
    assert regulars.offered_twice() == 0
