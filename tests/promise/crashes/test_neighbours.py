"""A sender that starts takes back what the dead held, and leaves alone what a living one is sending."""

from __future__ import annotations

import random
from pathlib import Path

from tests.promise.crashes.crew import Crew
from tests.promise.crashes.home import Home
from tests.promise.crashes.sink import Relay
from tests.promise.crashes.verdict import verdict
from tests.waiting import until


def test_a_sender_that_starts_beside_one_at_work_calls_none_of_its_mails_unknown(tmp_path: Path) -> None:
    with Relay() as relay:
        home = Home(tmp_path, relay)
        crew = Crew(home, random.Random(1))
        try:
            for role in ("web", "clock", "sender"):
                crew.start(role)
            until(lambda: home.answers("/health"), 60)
            home.tick_once()
            relay.opened.clear()
            home.push(["anna", "borys", "celina"])
            at_work = until(lambda: home.in_doubt(crew.running["sender"]), 60)
            crew.start("sender-2")
            until(lambda: crew.has_begun("sender-2"), 60)
            home.push(["daria"])
            until(lambda: home.in_doubt(crew.running["sender-2"]), 60)
            assert home.in_doubt(crew.running["sender"]) == at_work
            relay.opened.set()
            home.settle_down()
            counted = verdict(home, relay)
        finally:
            relay.opened.set()
            crew.stop()
            home.close()
    counted.demand()
    assert (counted.unknown, counted.repeated) == (0, 0)
