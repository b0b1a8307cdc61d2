"""Orders, withdrawals, erasures, ticks, sends and crashes in any order, held against the plain model at every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.clock import HOUR, MINUTE
from engine.outbox.begin import AT_MOST
from engine.store import Store
from models import OPEN_STATES, Address, Change, Customer, Message, Settlement
from models import Order as OrderRow
from tests.promise.manners.known import CLOSE, line
from tests.promise.manners.relay import GOOD_RELAY, Manner, Relay, Says, Talk
from tests.promise.model.plain import Arrival, Order, Plain
from tests.promise.model.world import World

PEOPLE = ("anna", "borys", "celina")
CROWD = tuple(f"dorota{n}" for n in range(24))
MINUTES = (1, 9, 61, 7 * 60, 25 * 60)


def no_celina(talk: Talk) -> Says:
    """Knows everybody but Celina."""
    return line("550 5.1.1 no such user") if talk.argument.startswith("TO:<celina") else Says()


MANNERS = {
    "good": GOOD_RELAY,
    "away": Manner({"greeting": CLOSE}),
    "greylisting": Manner({"rcpt": line("451 4.7.1 later")}),
    "without Celina": Manner({"rcpt": no_celina}),
    "hangs up at DATA": Manner({"data": CLOSE}),
    "full": Manner({"end": line("452 4.3.1 full")}),
    "unsure, and keeps it": Manner({"end": CLOSE}, takes=True),
    "unsure, and loses it": Manner({"end": CLOSE}, takes=False),
}
manners = st.sampled_from(sorted(MANNERS))
commits = st.integers(1, 6)


class Days(RuleBasedStateMachine):
    """Some days of a shop; `open_store` and `relay` are given by the test."""

    open_store: ClassVar[Callable[[], Store]]
    folder: ClassVar[Path]
    relay: ClassVar[Relay]

    def __init__(self) -> None:
        super().__init__()
        self.store = type(self).open_store()
        self.using = self.store.use()
        self.using.__enter__()
        self.relay.taken.clear()
        self.relay.manner, self.read, self.plain = GOOD_RELAY, 0, Plain()
        self.world = World(self.store, self.folder, self.relay)
        self.relay.now = self.world.clock.now
        self.crashes = 0

    # --- shops and customers --------------------------------------------------------------------------------

    @initialize(crowd=st.booleans())
    def opens(self, crowd: bool) -> None:
        if crowd:
            self._order(CROWD, True)

    @rule(who=st.sampled_from(PEOPLE), consent=st.booleans())
    def orders(self, who: str, consent: bool) -> None:
        if who not in self.plain.gone:
            self._order((who,), consent)

    def _order(self, who: tuple[str, ...], consent: bool) -> None:
        first = len(self.plain.orders) + 1
        numbers = range(first, first + len(who))
        self.world.order(numbers, who, consent)
        for number, name in zip(numbers, who, strict=True):
            self.plain.orders[number] = Order(name, self.world.clock.at)
            self.plain.agreed[name] = consent or self.plain.agreed.get(name, False)

    @precondition(lambda self: any(not order.cancelled for order in self.plain.orders.values()))
    @rule(pick=st.integers(0, 50))
    def cancels(self, pick: int) -> None:
        live = [number for number, order in self.plain.orders.items()
                if not order.cancelled and order.who not in self.plain.gone]  # fmt: skip
        if live:
            number = live[-1 - pick % len(live)]
            order = self.plain.orders[number]
            self.world.cancel(number, order.who, order.placed_at)
            order.cancelled = True

    @precondition(lambda self: self.plain.known())
    @rule(pick=st.integers(0, 50), agrees=st.booleans())
    def speaks_up(self, pick: int, agrees: bool) -> None:
        who = self.plain.known()[pick % len(self.plain.known())]
        (self.world.agree if agrees else self.world.withdraw)(who)
        self.plain.agreed[who] = agrees

    @precondition(lambda self: self.plain.known())
    @rule(pick=st.integers(0, 50))
    def is_erased(self, pick: int) -> None:
        who = self.plain.known()[pick % len(self.plain.known())]
        self.world.erase(who)
        self.plain.gone.add(who)

    # --- our processes --------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.at += minutes * MINUTE

    @rule()
    def ticks(self) -> None:
        self.world.tick()

    @rule(manner=manners)
    def sends(self, manner: str) -> None:
        self._with(manner, self.world.send)

    @rule(minutes=st.sampled_from(MINUTES), manner=manners)
    def lives_on(self, minutes: int, manner: str) -> None:
        self.world.clock.at += minutes * MINUTE
        self.world.tick()
        self._with(manner, self.world.send)

    def _with(self, manner: str, act: Callable[[], Any]) -> None:
        self.relay.manner = MANNERS[manner]
        act()
        self.relay.manner = GOOD_RELAY

    @rule(at_commit=commits, after=st.booleans())
    def clock_crashes(self, at_commit: int, after: bool) -> None:
        self._recover(self.world.crash(self.world.tick, at_commit, after))

    @rule(at_commit=commits, after=st.booleans(), manner=manners)
    def sender_crashes(self, at_commit: int, after: bool, manner: str) -> None:
        self.world.tick()
        crashed: list[bool] = []
        self._with(manner, lambda: crashed.append(self.world.crash(self.world.send, at_commit, after)))
        self._recover(crashed[0])

    @rule(carried=st.integers(0, 20), manner=manners)
    def sender_crashes_in_a_batch(self, carried: int, manner: str) -> None:
        self.world.tick()
        self.world.sender.pool.dies_after = carried
        crashed: list[bool] = []
        self._with(manner, lambda: crashed.append(self.world.crash(self.world.send, 0, False)))
        self.world.sender.pool.dies_after = None
        self._recover(crashed[0])

    def _recover(self, crashed: bool) -> None:
        if crashed:
            self.crashes += 1
            assert self.world.in_doubt() <= AT_MOST
            self.world.restart()

    @rule(minutes=st.sampled_from((2, 16, 40)))
    def sender_is_paused_and_another_takes_over(self, minutes: int) -> None:
        self.world.tick()
        self.world.meanwhile(minutes)

    # --- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def nobody_gets_what_they_must_not(self) -> None:
        fresh, self.read = self.relay.taken[self.read :], len(self.relay.taken)
        if fresh:
            rows = {row.message_id: row for row in Message.select().where(
                Message.message_id << [mail.message_id for mail in fresh])}  # fmt: skip
            for mail in fresh:
                self.plain.arrived(self._arrival(mail.to, rows[mail.message_id], mail.at))
        self.plain.gone |= self._suppressed()

    def _arrival(self, to: str, row: Any, at: int) -> Arrival:
        ids = [anchor["order_id"] for anchor in row.anchors]
        numbers = OrderRow.select(OrderRow.external_id).where(OrderRow.id << ids).tuples()
        orders = frozenset(int(number) for (number,) in numbers)
        return Arrival(to.partition("@")[0], row.message_id, row.rule, orders, row.decided_at, at)

    def _suppressed(self) -> set[str]:
        rows = Customer.select(Customer.external_id).join(Address).where(Address.suppressed_at.is_null(False))
        return {who for (who,) in rows.tuples() if who}

    def teardown(self) -> None:
        try:
            self._days_end_well()
        finally:
            self.world.close()
            self.using.__exit__(None, None, None)
            self.store.close()

    def _days_end_well(self) -> None:
        """Waits for as long as a mail is tried again: then nothing is open, and every order is thanked for."""
        for _ in range(40):
            self.lives_on(7 * 60, "good")
            self.nobody_gets_what_they_must_not()
            if not Message.select().where(Message.state << OPEN_STATES).exists():
                break
        assert not Message.select().where(Message.state << OPEN_STATES).exists()
        assert not Change.select().where(Change.recorded_at < self.world.clock.at - HOUR).exists()
        assert max([0, *self.plain.copies.values()]) <= 3
        assert [number for number in self.plain.unthanked() if not self._given_up(number)] == []

    def _given_up(self, number: int) -> bool:
        """Says whether a thank-you was tried three times without an answer, or for two days in vain."""
        order = OrderRow.get(OrderRow.external_id == str(number))
        rows = Settlement.select(Message.reason).join(Message).where(
            (Settlement.order_id == order.id) & (Settlement.rule == "thank-you"))  # fmt: skip
        return any(reason in ("unknown 3", "deferred_too_long") for (reason,) in rows.tuples())
