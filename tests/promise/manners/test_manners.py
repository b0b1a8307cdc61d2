"""Whatever a relay does: nothing is lost, no offer comes twice, and what is called sent has been sent."""

from __future__ import annotations

from collections import Counter

import pytest

from models import Address, Message
from tests.outbox.shop import Optician
from tests.promise.conftest import Figures
from tests.promise.manners import known
from tests.promise.manners.known import Case
from tests.promise.manners.office import broken_promises, ends, queue, see_it_through, sending
from tests.promise.manners.relay import Relay

NAMES = [case.name for case in known.ALL]


@pytest.mark.parametrize("case", known.ALL, ids=NAMES)
def test_with_a_relay_that(optician: Optician, case: Case) -> None:
    offers, order_mails = _play(optician, case, case.each)
    assert broken_promises(offers, order_mails) == []
    assert (offers, order_mails) == (
        Counter({case.offers: case.each}), Counter({case.order_mails: case.each}),
    )  # fmt: skip
    gone = Address.select().where(Address.suppressed_reason == "hard_bounce").count()
    assert gone == (2 * case.each if case.suppressed else 0)


def _play(
    optician: Optician, case: Case, each: int
) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    queue(optician, each)
    with Relay(case.manner) as relay, sending(optician, relay.port) as sender:
        see_it_through(sender, relay)
        return ends(relay, "marketing"), ends(relay, "transactional")


def test_there_are_at_least_fourteen_manners_and_each_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 14


def test_one_mailbox_that_does_not_exist_costs_its_neighbours_nothing(optician: Optician) -> None:
    queue(optician, 5)
    with Relay(known.always(rcpt=known.first_of_each)) as relay, sending(optician, relay.port) as sender:
        see_it_through(sender, relay)
        assert ends(relay, "marketing") == Counter({("sent", 1): 4, ("refused", 0): 1})
        assert ends(relay, "transactional") == Counter({("sent", 1): 4, ("refused", 0): 1})
    refused = Message.select(Message.address).where(Message.state == "refused")
    assert {row.email for row in Address.select().where(Address.id << refused)} == {
        "anna0@example.com", "borys0@example.com",
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("case", known.ALL, ids=NAMES)
def test_at_length_with_a_relay_that(optician: Optician, case: Case, figures: Figures) -> None:
    each = 40 if case.each > 1 else 4
    offers, order_mails = _play(optician, case, each)
    figures(
        f"{case.name} ({'PostgreSQL' if optician.store.postgresql else 'SQLite'})",
        offers=each, offers_got=_got(offers), offers_got_twice=sum(n for (_, c), n in offers.items() if c > 1),
        order_mails=each, order_mails_got=_got(order_mails),
        lost=sum(n for (state, c), n in order_mails.items() if not c and state != "refused"),
    )  # fmt: skip
    assert broken_promises(offers, order_mails) == []
    assert set(offers) == {case.offers}
    assert set(order_mails) == {case.order_mails}


def _got(settled: Counter[tuple[str, int]]) -> int:
    return sum(count for (_, copies), count in settled.items() if copies)
