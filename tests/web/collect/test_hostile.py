"""Everything that a browser sends may be a lie: it is refused whole, never fails, and touches nothing but its own visits."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

import models
from engine.clock import MINUTE
from engine.web.collect.limits import Minute, network_of
from engine.web.collect.receiving import MOST_BYTES
from models import Customer, Event, Setting, Tally, Visit, Visitor, VisitPage
from tests.security.hostile import SCRIPT
from tests.web.collect.conftest import ORIGIN, Browser, word
from tests.web.shopful import NOW

OWN = {Visitor, Visit, VisitPage, Event}
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, -10**30, "", " ", "x" * 5_000, "\x01", "\u2028", "\ufffd", "😀" * 200, [], {}, [[]],
    {"a": {}}, SCRIPT, "/..", "//evil.example", "id:anna", "anna@example.com", "NaN", "2026-03-01", "' or 1=1 --", "%00",
)  # fmt: skip


def everything(*left_out: Any) -> dict[str, list[str]]:
    """Every row of every table, but for those that are left out."""
    tables = (table for table in models.TABLES if table not in {*left_out, Tally, Setting, models.Change})
    return {table._meta.table_name: sorted(map(str, table.select().tuples())) for table in tables}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"visitor": "short"}, "/visitor"), ({"visitor": None}, "/visitor"), ({"visitor": "x" * 65}, "/visitor"),
        ({"visit": "../../etc"}, "/visit"), ({"device": "fridge"}, "/device"), ({"site": "x" * 256}, "/site"),
        ({"customer": "anna"}, "/customer"), ({"events": {}}, "/events"), ({"events": [{}] * 51}, "/events"),
        ({"ties": [{"by": "wish", "token": "x"}]}, "/ties/0/by"), ({"ties": [{"by": "order"}]}, "/ties/0/token"),
        ({"source": "a\nb"}, "/source"), ({"withdraw": "yes"}, "/withdraw"),
    ],
)  # fmt: skip
def test_what_has_another_shape_is_refused_by_the_name_of_its_field(
    anna: Browser, change: dict[str, Any], pointer: str
) -> None:
    before = everything()
    answer = anna.tell(anna.did("view"), **change)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert everything() == before
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN, (
        "the shop's developer can read what is wrong"
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"did": "bought"}, "/did"), ({"did": "cart"}, ""), ({"did": "search"}, ""), ({"page": "lenses"}, "/page"),
        ({"page": "/" + "x" * 2000}, "/page"), ({"quantity": 0}, "/quantity"), ({"quantity": 10**7}, "/quantity"),
        ({"product": "x" * 129}, "/product"), ({"category": "a//b"}, "/category"), ({"ago": "yesterday"}, "/ago"),
        ({"at": NOW}, "/at"), ({"price": 1}, "/price"), ({"customer": "anna"}, "/customer"), ({"id": "a b c d"}, "/id"),
        ({"words": "x" * 201}, "/words"),
    ],
)  # fmt: skip
def test_so_is_one_odd_event_and_with_it_the_whole_batch(
    anna: Browser, change: dict[str, Any], pointer: str
) -> None:
    before = everything()
    answer = anna.tell(anna.did("view", product="ACU-30"), {**anna.did("view"), **change})
    assert answer.status_code == 422
    assert f"/events/1{pointer}" in [error["pointer"] for error in answer.json["errors"]]
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "text/plain", 400), (b"{", "text/plain", 400), (b"[]", "text/plain", 422), (b"null", "text/plain", 422),
        (b"\xff\xfe", "text/plain", 400), (b'{"visitor": "\\u0000"}', "text/plain", 400), (b"[" * 20_000, "text/plain", 400),
        (b'{"a": 1, "a": 2}', "text/plain", 400), (b"1" * 9_999, "text/plain", 400),
        (b" " * (MOST_BYTES + 1), "text/plain", 413),
        (b"{}", "application/x-www-form-urlencoded", 415), (b"{}", "multipart/form-data", 415), (b"{}", "text/html", 415),
    ],
)  # fmt: skip
def test_what_is_no_batch_at_all_is_refused(anna: Browser, body: bytes, kind: str, status: int) -> None:
    before = everything()
    assert anna.send(body, kind=kind).status_code == status
    assert everything() == before


def test_two_thousand_mutated_batches_never_fail_and_write_only_their_own_rows(
    build: Callable[..., Flask],
) -> None:
    dice = random.Random(20260312)
    browser = Browser(build(visitor_a_minute=10_000, address_a_minute=100_000).test_client())
    before, seen = everything(*OWN), set()
    for _ in range(2_000):
        batch = browser.batch(
            browser.did("view", "/a", product="ACU-30", category="a/b", brand="c", ago=5),
            browser.did("cart", "/a", product="ACU-30", quantity=1),
            browser.did("search", "/a", words="x"),
            ties=[{"by": "identify", "token": word("identify", "anna", secret="a secret that nobody has")}],
            site="a.example", source="b", medium="c", campaign="d",
        )  # fmt: skip
        mutate(batch, dice)
        answer = browser.send(json.dumps(batch).encode())
        assert answer.status_code in (200, 400, 422), (answer.status_code, batch)
        seen.add(answer.status_code)
    assert seen == {200, 400, 422} or seen == {200, 422}
    assert everything(*OWN) == before
    assert not Event.select().where(Event.customer.is_null(False)).exists()
    assert not Visitor.select().where(Visitor.customer.is_null(False)).exists()


def mutate(batch: dict[str, Any], dice: random.Random) -> None:
    """Puts something odd somewhere into a batch, or takes something out."""
    places: list[tuple[Any, Any]] = [(batch, key) for key in batch]
    for inner in (*batch["events"], *batch["ties"]):
        places += [(inner, key) for key in inner]
    for _ in range(dice.choice((1, 1, 2))):
        whole, key = dice.choice(places)
        if dice.random() < 0.15:
            whole.pop(key, None)
        elif dice.random() < 0.1:
            whole[str(dice.choice(ODD))[:50]] = dice.choice(ODD)
        else:
            whole[key] = dice.choice(ODD)


def test_nobody_touches_the_visits_or_the_facts_of_another(
    anna: Browser, browser_of: Callable[[], Browser]
) -> None:
    anna.tell(
        anna.did("view", "/acu", product="ACU-30"),
        ties=[{"by": "identify", "token": word("identify", "anna")}],
    )
    mine = Event.get()
    before = {table: sorted(map(str, table.select().tuples())) for table in OWN | {Customer}}
    thief = browser_of()
    thief.visit = anna.visit  # she may have seen it somewhere
    again = {**thief.did("view", "/evil", product="X"), "id": mine.external_id.rsplit(":", 1)[1]}
    assert thief.tell(again).json["accepted"] == 1
    for claimed in (Visitor.get().key, Visitor.get().key.removeprefix("visitor:")):
        claim = Browser(thief.client, visitor=claimed.replace(":", "_")[:64])
        claim.tell(claim.did("view", product="Y"))
        claim.tell(withdraw=True)
    thief.tell(withdraw=True)
    after = {table: sorted(map(str, table.select().tuples())) for table in OWN | {Customer}}
    assert after == before


def test_hostile_words_are_kept_as_words(anna: Browser) -> None:
    answer = anna.tell(
        anna.did("search", "/s", words=SCRIPT), anna.did("view", "/" + SCRIPT, product=SCRIPT, brand=SCRIPT),
        site=SCRIPT[:90], source=SCRIPT[:90],
    )  # fmt: skip
    assert answer.status_code == 200
    assert Event.get(Event.kind == "searched").properties == {"words": SCRIPT}


def test_one_visitor_who_tells_too_much_is_told_to_wait_and_others_are_not(
    build: Callable[..., Flask],
) -> None:
    client = build(visitor_a_minute=10).test_client()
    loud, other = Browser(client), Browser(client)
    answers = [loud.tell(*(loud.did("view") for _ in range(4))) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Retry-After" in answers[-1].headers["Access-Control-Expose-Headers"]
    assert other.tell(other.did("view")).status_code == 200


def test_one_address_that_makes_up_visitors_is_told_to_wait(build: Callable[..., Flask]) -> None:
    client = build(address_a_minute=50).test_client()
    known = Browser(client)
    assert known.tell(known.did("view")).status_code == 200
    fresh = [Browser(client) for _ in range(10)]
    assert [browser.tell(browser.did("view")).status_code for browser in fresh].count(200) == 4
    assert Visitor.select().count() == 5
    assert known.tell(known.did("view")).status_code == 200, "who is known already goes on"
    statuses = [known.tell(known.did("view")).status_code for _ in range(60)]
    assert statuses[-1] == 429, "until the address has told too much altogether"


def test_a_minute_is_forgotten_with_its_end() -> None:
    now = [0.0]
    minute = Minute(lambda: now[0])
    assert [minute.take("address", "a", 2) for _ in range(3)] == [0, 0, 60]
    assert minute.take("address", "b", 2) == minute.take("visitor", "a", 2) == 0
    now[0] = 59.0
    assert minute.take("address", "a", 2) == 1
    now[0] = 60.0
    assert minute.take("address", "a", 2, cost=2) == 0
    assert len(minute.counts) == 1


@pytest.mark.parametrize(
    ("address", "counted"),
    [("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"), (None, "?"), ("nonsense", "?")],
)
def test_an_address_counts_by_itself_and_one_of_version_6_by_its_network(
    address: str | None, counted: str
) -> None:
    assert network_of(address) == counted


def test_no_address_of_a_computer_is_kept(anna: Browser) -> None:
    anna.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    anna.tell(
        anna.did("view", "/acu", product="ACU-30"),
        ties=[{"by": "identify", "token": word("identify", "anna")}],
    )
    assert "203.0.113.77" not in str(everything())
    assert Visit.get().at > NOW - MINUTE
