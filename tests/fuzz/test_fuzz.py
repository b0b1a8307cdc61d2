"""Whatever is asked, by whomever: an answer, never a fault of ours, and a refusal that names its reason and writes nothing.

This is the short form; `python -m bench.fuzz` fires 100,000 requests and 10,000 messages, and docs/fuzz.md shows what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from models import Order, Source
from tests.fuzz.calls import Call
from tests.fuzz.found import FOUND
from tests.fuzz.payloads import JSON, payload, signature
from tests.fuzz.rounds import Rounds, quiet, told
from tests.fuzz.shapes import of_woocommerce
from tests.fuzz.strangers import stranger
from tests.fuzz.watch import Watch
from tests.fuzz.world import SECRETS, world

SHORT = {"sqlite": (1_200, 500), "postgresql": (400, 300)}  # requests and messages
SEED = "short"


@pytest.fixture
def rounds(database_url: str, tmp_path: Path) -> Iterator[Rounds]:
    """A home with everything in it, on each kind of database."""
    with world(tmp_path, database_url) as made, quiet():
        fired = Rounds(made)
        yield fired
        fired.close()


def test_requests_of_every_kind_break_nothing_and_leave_nothing_behind(rounds: Rounds) -> None:
    requests, payloads = SHORT["postgresql" if rounds.world.store.postgresql else "sqlite"]
    rounds.fire(stranger, SEED, range(requests))
    rounds.fire(payload, SEED, range(payloads))
    assert [*rounds.tally.faults, *rounds.tally.problems] == [], told(rounds.tally)
    answers = {hundred for _, hundred in rounds.tally.answers}
    assert answers == {"2xx", "3xx", "4xx"}
    assert Order.select().count() > 20  # many get through: what is refused is not refused at the door


def test_what_has_broken_something_once_breaks_nothing_any_more(rounds: Rounds) -> None:
    for name, call in FOUND.items():
        assert rounds.one(call, name).status < 500, name
    assert not rounds.tally.faults, told(rounds.tally)


@pytest.mark.parametrize("system", ["woocommerce", "shopify"])
def test_a_signature_that_is_missing_wrong_or_the_other_shops_leaves_nothing_but_the_count(
    rounds: Rounds, system: str
) -> None:
    _, order = of_woocommerce(Random(1))
    raw = repr(order).encode()
    names = {"woocommerce": "X-WC-Webhook-Signature", "shopify": "X-Shopify-Hmac-Sha256"}
    for given in (None, "", signature(raw, "no secret of ours"), signature(raw, SECRETS["drogeria"][system])):
        headers = {"X-WC-Webhook-Topic": "order.created", "X-Shopify-Topic": "orders/create"}
        headers |= {names[system]: given} if given is not None else {}
        before = rounds.watch.counted()
        answer = rounds.one(
            Call("denied", "POST", f"/webhooks/optyk/{system}", raw, JSON, headers, denied=True), "denied"
        )
        assert answer.status == 401
        changed = {table for table, count in rounds.watch.counted().items() if count != before[table]}
        assert changed <= {"source"}
    assert (Source.get().denied, Source.get().name) == (4, system)
    assert not rounds.tally.faults, told(rounds.tally)


def test_the_judges_see_what_a_refusal_leaves_behind(rounds: Rounds) -> None:
    """Were the triggers blind, every run would be clean."""
    watch: Watch = rounds.watch
    Source.create(shop=1, name="nobody")
    assert watch.news() == {"source": (1, 0, 0)}
    Source.update(error="x").where(Source.name == "nobody").execute()
    assert watch.news() == {"source": (0, 1, 0)}
    Source.delete().where(Source.name == "nobody").execute()
    assert watch.news() == {"source": (0, 0, 1)}
    assert (watch.news(), watch.untrue()) == ({}, [])
