"""Property: whatever shops, people and servers do, in whatever order, no mail of test mode is ever handed to a relay."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from engine.clock import HOUR
from engine.config_testing import NOWHERE
from engine.consent.suppression import lift, suppress
from engine.intake.emptying import empty_test_shop
from engine.outbox.claim import claim
from engine.outbox.recover import recover
from engine.store import Store, open_store
from models import Address, Caught, Customer, Message
from tests.delivery.sink import DROP, Sink
from tests.testing.shop import Both, both

PEOPLE = st.sampled_from(("Anna", "Borys", "Celina"))
KEYS = st.sampled_from(("live", "test"))
MOODS = st.sampled_from(
    (
        {},
        {"end": "451 4.7.1 later"},
        {"end": "550 5.1.1 nobody"},
        {"greeting": DROP},
        {"end": DROP},
        {"rcpt": "452 full"},
    )
)


class Traffic(RuleBasedStateMachine):
    """One server, its relay in changing moods, and everything that can happen to a mail."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.open.enter_context(self.store.use())
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.sink = self.open.enter_context(Sink())
        self.both: Both = self.open.enter_context(both(self.store, folder, self.sink))
        self.both.pass_minutes()

    @rule(key=KEYS, name=PEOPLE, guest=st.booleans())
    def order(self, key: str, name: str, guest: bool) -> None:
        self.both.order(key, name, **({"id": None} if guest else {}))

    @rule(key=KEYS, name=PEOPLE, granted=st.booleans())
    def consent(self, key: str, name: str, granted: bool) -> None:
        who = {"email": f"{name.lower()}@example.com"}
        assert (
            self.both.post(
                key, "consents", {"customer": who, "purpose": "marketing", "granted": granted}
            ).status_code
            == 201
        )

    @rule(minutes=st.integers(1, 120))
    def time_passes(self, minutes: int) -> None:
        self.both.pass_minutes(minutes)

    @rule()
    def senders_work(self) -> None:
        self.both.send()

    @rule(mood=MOODS)
    def relay_changes(self, mood: dict[str, str]) -> None:
        self.sink.script = dict(mood)

    @rule(group=st.sampled_from((("test",), ("others",))))
    def a_sender_dies(self, group: tuple[str, ...]) -> None:
        claim(self.store, "dead:1", self.both.clock.at, 100, groups=group)
        recover(self.store, self.both.clock.at + HOUR, ["dead:1"])

    @rule(name=PEOPLE, apart=st.booleans(), stop=st.booleans())
    def mailbox(self, name: str, apart: bool, stop: bool) -> None:
        row = Address.get_or_none(Address.email == f"{name.lower()}@example.com{NOWHERE if apart else ''}")
        if row is not None and stop:
            suppress(self.store, row.id, "by_hand", self.both.clock.at)
        elif row is not None:
            lift(self.store, row.id, "jolanta", "it was a test", self.both.clock.at, "command")

    @rule()
    def a_queue_is_mixed_up(self) -> None:
        waiting = Message.state << ("queued", "deferred")
        Message.update(domain_group="others").where(waiting, Message.shop == self.both.test_shop).execute()

    @rule()
    def emptied(self) -> None:
        empty_test_shop(self.store, self.both.test_shop)

    @invariant()
    def nothing_crosses(self) -> None:
        live = {
            f"{mail}"
            for (mail,) in Message.select(Message.message_id).where(Message.shop == self.both.shop).tuples()
        }
        for raw in self.sink.accepted:
            (line,) = (line for line in raw.split(b"\r\n") if line.startswith(b"Message-ID: "))
            assert line.removeprefix(b"Message-ID: ").decode() in live
            assert b"(test)" not in raw
        assert Caught.select().where(Caught.test == False).count() == 0  # noqa: E712 - a column
        for shop_id, email in Customer.select(Customer.shop, Address.email).join(Address).tuples():
            assert email.endswith(NOWHERE) == (shop_id == self.both.test_shop.id)

    def teardown(self) -> None:
        self.open.close()


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[type[Traffic]]:
    """The machine over stores of its own, for each of its runs a fresh one."""
    opened: list[Store] = []

    class Here(Traffic):
        def __init__(self) -> None:
            self.store = open_store(f"sqlite:///{tmp_path / str(len(opened))}.db").create()
            opened.append(self.store)
            super().__init__()

    yield Here
    for store in opened:
        store.close()


def test_no_mail_of_test_mode_is_handed_to_a_relay_whatever_happens(traffic: type[Traffic]) -> None:
    run_state_machine_as_test(
        traffic,
        settings=settings(
            max_examples=10, stateful_step_count=30, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
