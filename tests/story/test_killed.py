"""Whoever is killed comes back; no order is lost, and no offer comes twice."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from tests.story.served import Served
from tests.waiting import until

NAMES = [f"{name}{number}" for number in range(20) for name in ("Anna", "Borys", "Celina")]


def ordered(mails: list[dict[str, Any]]) -> Counter[str]:
    """Counts the thank-yous by the number of their order."""
    return Counter(found[1] for mail in mails if (found := re.search(r"zamówienie (\w+)", mail["subject"])))


def offered(mails: list[dict[str, Any]]) -> Counter[str]:
    """Counts the offers by who got them."""
    return Counter(mail["to"] for mail in mails if "offer" in mail["subject"])


def push(regulars: Served, number: str, name: str) -> bool:
    """Pushes an order as a shop does that tries again where nobody answers; says whether it was accepted at last."""

    def accepted() -> bool:
        try:
            return regulars.order(number, name, consent=True) == 201
        except OSError:
            return False

    return until(accepted)


def test_a_sender_killed_while_it_sends_is_started_again_and_nobody_gets_an_offer_twice(
    small_regulars: Served,
) -> None:
    regulars = small_regulars
    regulars.run("pause", "all")
    orders = {f"s{number}": name for number, name in enumerate(NAMES)}
    assert all(push(regulars, number, name) for number, name in orders.items())
    regulars.run("resume", "all")
    until(lambda: len(regulars.mailbox()) > len(orders) // 2)
    killed = regulars.kill("sender")
    until(lambda: set(regulars.pids("sender")) - {killed})
    until(lambda: set(ordered(regulars.mailbox())) == set(orders), 90)
    until(lambda: regulars.run("send").startswith("nothing"), 90, every=1)
    mails = regulars.mailbox()
    assert set(ordered(mails)) == set(orders), "a thank-you is sent at least once"
    assert max(offered(mails).values()) == 1
    assert len(offered(mails)) >= len(orders) - 20, "a crash makes at most 20 unknown"


def test_orders_that_were_accepted_while_processes_died_all_have_their_thank_yous(regulars: Served) -> None:
    orders = {f"k{number}": name for number, name in enumerate(NAMES)}
    for number, (order, name) in enumerate(orders.items()):
        if number in (10, 25):
            regulars.kill({10: "clock", 25: "web"}[number])
        assert push(regulars, order, name)
    until(lambda: regulars.answers("/health") and set(ordered(regulars.mailbox())) == set(orders), 60)
    assert max(offered(regulars.mailbox()).values()) == 1
