"""Runs one rule test: the live tick, on a store of its own, with the clock stepped from minute to minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain

from engine.clock import MINUTE
from engine.config import Config, ShopConfig
from engine.errors import RegularsError
from engine.matching.members import watch_segments, watched
from engine.matching.view import View
from engine.policy.compiled import CompiledPolicy, compile_policy
from engine.policy.history import Draw
from engine.rehearsal import stand
from engine.rehearsal.cases import Case
from engine.rehearsal.feed import Feed
from engine.rehearsal.naming import BEGINNING
from engine.rehearsal.stand import fresh_store
from engine.rehearsal.upcoming import Upcoming
from engine.rulebook.ast import Policy, Rulebook
from engine.rulebook.walk import patterns_in, patterns_of
from engine.store import Store
from engine.tick import Speaks, tick
from models import Change, Message

CHAIN = 20  # mails that cause mails in one minute; more is a circle
TEST_KEY = b"rule tests draw alike everywhere"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that a test saw."""

    at: int
    rule: str
    to: str
    message: int
    subject: str | None = None
    text: str | None = None


@dataclass(slots=True)
class Outcome:
    """Everything that a test saw, by customer's name."""

    sent: list[Sent] = field(default_factory=list)
    decisions: list[tuple[int, str, str, str, str | None]] = field(
        default_factory=list
    )  # at, outcome, rule, to, reason
    stops: set[tuple[str, str | None]] = field(
        default_factory=set
    )  # reasons, and what of the policy is behind them


Render = Callable[[Message, int], tuple[str, str]]
Look = Callable[[View], None]


@cache
def _compiled(policy: Policy) -> CompiledPolicy:
    return compile_policy(policy)


def simulate(
    case: Case, config: Config, rulebook: Rulebook, render: Render | None = None,
    watch: Look | None = None, store: Store | None = None, speaks: Speaks = lambda due: True, peek: Look | None = None,
) -> Outcome:  # fmt: skip
    """Plays a test from its earliest fact to its `until`; `watch` may look at the store at the end.

    `store` must be empty; by default it is one in memory. `peek` may look in the last minute before it is decided on.
    """
    own = store or fresh_store()
    try:
        with own.use():
            return _Play(case, config, rulebook, own, render, speaks).run(watch, peek)
    finally:
        if store is None:
            own.close()


_configs: dict[tuple[int, int], tuple[Config, ShopConfig, Config]] = {}


def _config_of(config: Config, shop: ShopConfig) -> Config:
    """Returns the config of a test in a shop: the same for the same, since statements are kept by it."""
    key = (id(config), id(shop))
    if key not in _configs:
        limits = config.limits.model_copy(update={"ancient_year": 1970, "future_minutes": 60 * 24 * 366})
        _configs[key] = (config, shop, config.model_copy(update={"shops": (shop,), "limits": limits}))
    return _configs[key][2]


def asks_mails(book: Rulebook) -> bool:
    """Says whether anything asks what was sent, so that a mail can make something fall due in its own minute."""
    conditions = [segment.condition for segment in book.segments.values()]
    conditions += [house.condition for house in book.policy.house_rules]
    patterns = chain(
        chain.from_iterable(patterns_of(rule) for rule in book.rules.values()),
        chain.from_iterable(patterns_in(condition) for condition in conditions),
    )
    return any(pattern.kind == "was_sent" for pattern in patterns)


class _Play:
    """One test being played."""

    def __init__(
        self, case: Case, config: Config, rulebook: Rulebook, store: Store, render: Render | None,
        speaks: Speaks,
    ) -> None:  # fmt: skip
        shop = case.shop
        self.config = _config_of(config, shop)
        self.case, self.store, self.render, self.speaks = case, store, render, speaks
        self.row = stand.shop_of(shop)
        rules = {id_: rule for id_, rule in rulebook.rules.items() if case.rules is None or id_ in case.rules}
        policy = rulebook.policy if case.policy is None else case.policy
        book = replace(rulebook, rules=rules, policy=policy)
        stand.began(self.row.id, case.start - 1)
        since = {rule.id: case.start for rule in book.for_shop(shop.shop)}
        self.view = View(self.config, shop, self.row.id, book, case.start, since, store.postgresql)
        self.policy = _compiled(policy)
        self.outcome = Outcome()
        self.mails_are_asked = asks_mails(book)
        self.names: dict[int, str] = {}
        self.ticked_at = case.start - 1

    def run(self, watch: Look | None, peek: Look | None) -> Outcome:
        steps = Feed(self.store, self.config, self.row, self.case, {}, set()).plan()
        steps, _ = self._learn(steps, BEGINNING)
        before = replace(self.view, now=self.case.start - 1)
        watch_segments(before, before.now, [])  # who is a member from the beginning has not entered
        upcoming = Upcoming(self.view, self.case.until)
        upcoming.learn()
        moves = bool(watched(self.view))  # who enters or leaves is a fact that nobody tells
        now: int | None = self.case.start
        while now is not None and now <= self.case.until:
            steps, learned = self._learn(steps, now)
            if peek and now == self.case.until:
                peek(replace(self.view, now=now))
            learned = self._minute(now) or learned
            if learned or moves:
                upcoming.learn()
            now = self._next(steps, upcoming.after(now))
        self._read_decisions()
        if watch:
            watch(replace(self.view, now=self.case.until))
        return self.outcome

    @staticmethod
    def _next(steps: list[tuple[int, Callable[[], object]]], due: int | None) -> int | None:
        found = [at for at in (steps[0][0] if steps else None, due) if at is not None]
        return -(-min(found) // MINUTE) * MINUTE if found else None

    def _learn(
        self, steps: list[tuple[int, Callable[[], object]]], now: int
    ) -> tuple[list[tuple[int, Callable[[], object]]], bool]:
        here = [step for step in steps if step[0] <= now]
        for at, act in here:
            act()
            if at <= BEGINNING:
                stand.no_news()  # what is so from the beginning
        return steps[len(here) :], bool(here)

    def _minute(self, now: int) -> bool:
        """Ticks, hands over what was decided, and ticks again while that makes something else fall due."""
        for _ in range(CHAIN):
            view, draw = replace(self.view, now=now), Draw(TEST_KEY, self.case.holdout)
            # What lies between was gone through, for nothing could happen in it: only the last minute is asked.
            last = max(self.ticked_at, now - MINUTE)
            done = tick(view, self.policy, self.store, draw, last=last, speaks=self.speaks)
            self.ticked_at = now
            if not done.messages:
                return _ > 0
            for message, rule, customer in stand.queued():
                self._hand_over(message, rule, customer, now)
            if not self.mails_are_asked:
                return True
        raise RegularsError(
            "mails cause mails without end in one minute", remedy="look at rules with was_sent"
        )

    def _hand_over(self, message: int, rule: str, customer: int, now: int) -> None:
        subject, text = self.render(Message.get_by_id(message), now) if self.render else (None, None)
        stand.sent(message, now)
        if self.mails_are_asked:
            Change.create(shop=self.row, customer=customer, at=now, recorded_at=now)
        self.outcome.sent.append(Sent(now, rule, self._name(customer), message, subject, text))

    def _name(self, customer: int) -> str:
        if customer not in self.names:
            ((external_id, email),) = stand.named(customer)
            self.names[customer] = external_id or email or str(customer)
        return self.names[customer]

    def _read_decisions(self) -> None:
        rows = stand.decided()
        self.outcome.decisions = [
            (at, outcome, rule, self._name(customer), reason)
            for at, outcome, rule, customer, reason, _ in rows
        ]
        self.outcome.stops = {(reason, because_of) for *_, reason, because_of in rows if reason}
