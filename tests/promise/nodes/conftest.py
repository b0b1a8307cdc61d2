"""Two machines over one PostgreSQL, and a relay that both send through."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import Config, load_config
from engine.store import Store, open_store
from tests.outbox.shop import NOON
from tests.promise.manners.relay import Relay
from tests.promise.nodes.node import Node
from tests.waiting import until


class Pair:
    """Two machines with one database; Ala and Ewa by name."""

    def __init__(self, folder: Path, database: str, relay: Relay, store: Store) -> None:
        self.relay, self.store, self.at = relay, store, NOON
        self._since = 0.0
        self.ala, self.ewa = (Node(folder, name, database, relay.port, NOON) for name in ("ala", "ewa"))
        self.config: Config = load_config(self.ala.config)

    def jump(self, span: int) -> None:
        """Moves both clocks."""
        self.at += span
        for node in (self.ala, self.ewa):
            node.set_clock(self.at)

    def sleep_in_a_tick(self) -> None:
        """Pauses Ala's clock wherever it is, but not half way through writing to its socket.

        What PostgreSQL has not heard to its end it waits for, whatever its timeouts; a machine that is gone as a whole
        no longer answers keepalives, which a process that is merely stopped does.
        """
        while True:
            self.ala.pause("clock")
            until(lambda: not self._at_work("wait_event is distinct from 'ClientRead'"))
            if not self._at_work("wait_event = 'ClientRead'") and self._thrown_out():
                return
            self.ala.resume("clock")

    def _thrown_out(self) -> bool:
        """Says whether the database ends within a few seconds what the sleeper has begun, as it is told to after one."""
        until(lambda: not self._sleeping() or self.waited(4))
        self._since = 0.0
        return not self._sleeping()

    def _sleeping(self) -> bool:
        asked = """select count(*) from pg_stat_activity where datname = current_database()
                   and state = 'idle in transaction' and pid <> pg_backend_pid()"""
        return bool(self.store.database.execute_sql(asked).fetchone()[0])

    def waited(self, seconds: float = 8) -> bool:
        """Says whether the one who is awake has had its time; it may have to wait for what the other one holds."""
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since < seconds:
            return False
        self._since = 0.0
        return True

    def keep_up(self) -> None:
        """Starts again what the database has thrown out."""
        for node in (self.ala, self.ewa):
            node.keep_up()

    def _at_work(self, condition: str) -> bool:
        asked = f"""select count(*) from pg_stat_activity where datname = current_database() and state = 'active'
                    and pid <> pg_backend_pid() and {condition}"""
        return bool(self.store.database.execute_sql(asked).fetchone()[0])


@pytest.fixture
def pair(tmp_path: Path, postgresql_url: str) -> Iterator[Pair]:
    """Two machines whose processes do not run yet; the database gives up on who sleeps for a second in a transaction."""
    url = f"{postgresql_url}?options=-c%20idle_in_transaction_session_timeout%3D1000"
    store = open_store(postgresql_url)
    with store.use(), Relay() as relay:
        made = Pair(tmp_path, url, relay, store)
        yield made
        made.ala.stop()
        made.ewa.stop()
    store.close()
