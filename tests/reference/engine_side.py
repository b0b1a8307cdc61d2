"""The engine itself plays a story: as `test` does where the clock never stops, else as a live server does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace

from engine.clock import MINUTE
from engine.config import Config
from engine.errors import Place
from engine.intake.orders import accept_orders
from engine.live import Live
from engine.matching.members import watch_segments
from engine.matching.view import View
from engine.outbox.begin import Prepared, begin_sending
from engine.outbox.claim import claim
from engine.outbox.settle import Settled, settle
from engine.policy.compiled import CompiledPolicy, compile_policy
from engine.policy.history import Draw
from engine.rehearsal.cases import Case, Given
from engine.rehearsal.feed import Feed
from engine.rehearsal.naming import BEGINNING, iso
from engine.rehearsal.simulate import TEST_KEY, fresh_store, simulate
from engine.rehearsal.upcoming import Upcoming
from engine.rulebook.ast import Policy
from engine.rulebook.publication import sync
from engine.store import Store
from engine.tick import tick
from models import Change, Cursor, Customer, Message, Shop
from models import Decision as DecisionRow
from tests.reference.story import Seen, Story, config

NOWHERE = Path("/nonexistent")
CHAIN = 20
Step = tuple[int, Callable[[], object]]


class Shopful(Feed):
    """What a shop tells, an order that is taken up again among it, which rule tests cannot say."""

    def _reinstated(self, item: Given, now: int) -> None:
        version = self.orders[str(item.keys["order"])] | {"status": "paid", "updated_at": iso(item.at or now)}
        accept_orders(self.store, self.config, self.shop, [version], now)


def case_of(story: Story) -> Case:
    """A story as a rule test without expectations."""
    nowhere = Place("story")
    return Case("a story", story.shop, None, None, story.given, story.start, story.until, (), False, nowhere)


def tell(story: Story, store: Store | None = None) -> list[Seen]:
    """Lets the engine tell the story; `store` must be empty, by default it is one in memory."""
    own = store or fresh_store()
    try:
        with own.use():
            plain = len(story.texts) == 1 and not story.outages
            if plain and not any(item.kind == "reinstated" for item in story.given):
                simulate(case_of(story), config(), story.books[0][1], store=own)
            else:
                _Served(story, own).serve()
            return sorted(_seen())
    finally:
        if store is None:
            own.close()


def _seen() -> list[Seen]:
    names = {customer.id: customer.external_id for customer in Customer.select()}
    found, held = [], set()
    for row in DecisionRow.select().order_by(DecisionRow.id):
        key = row.rule, row.customer_id, row.anchor
        if row.outcome != "hold" or key not in held:
            name = names[row.customer_id]
            found.append(Seen(row.at, row.outcome, row.rule, name, row.anchor_at, row.reason or ""))
        held.add(key)
    for row in Message.select().where(Message.state == "sent"):
        if row.version is not None or row.anchors:
            newest = max(anchor["at"] for anchor in row.anchors)
            name = names[row.customer_id]
            found.append(Seen(row.settled_at, "sent", row.rule, name, newest, str(len(row.anchors))))
    return found


@lru_cache(maxsize=8)
def _compiled(policy: Policy) -> CompiledPolicy:
    return compile_policy(policy)


@cache
def _lenient(zone: str) -> Config:
    """The config of a shop in a zone, which takes facts of any year."""
    limits = config().limits.model_copy(update={"ancient_year": 1970, "future_minutes": 60 * 24 * 366})
    shop = config().shops[0].model_copy(update={"timezone": zone})
    return config().model_copy(update={"shops": (shop,), "limits": limits})


class _Told(Live):
    """The live ticks of a server whose rules are handed over instead of read from a folder."""

    def refresh(self, now: int) -> None:
        """Nothing to read."""


class _Served:
    """A server whose clock can fall silent and whose rules can be edited."""

    def __init__(self, story: Story, store: Store) -> None:
        shop = story.shop
        self.config = _lenient(shop.timezone)
        self.story, self.store = story, store
        self.row = Shop.create(key=shop.shop, name=shop.name, timezone=shop.timezone, currency=shop.currency,
                               country=shop.country, language=shop.language)  # fmt: skip
        Cursor.create(shop=self.row, ticked_at=story.start - 1)
        home = SimpleNamespace(
            config=self.config, store=store, rules=NOWHERE, templates=NOWHERE, key=TEST_KEY
        )
        self.live = _Told(home)  # type: ignore[arg-type]
        self.books = list(story.books)
        self.asks_mails = any("was_sent" in repr(book) for _, book in self.books)

    def serve(self) -> None:
        story = self.story
        steps = Shopful(self.store, self.config, self.row, case_of(story), {}, set()).plan()
        steps = self._learn(steps, BEGINNING)
        self._edit(story.start)
        watch_segments(replace(self._view(story.start), now=story.start - 1), story.start - 1, [])
        now: int | None = story.start
        while now is not None and now <= story.until:
            steps = self._learn(steps, now)
            self._edit(now)
            if not self._silent(now):
                self._minute(now)
            now = self._next(steps, now)

    def _view(self, now: int) -> View:
        return self.live.view(self.row, now)

    def _edit(self, now: int) -> None:
        while self.books and self.books[0][0] <= now:
            _, book = self.books.pop(0)
            sync(self.row, book, book.digest, now)
            self.live.rulebook, self.live.policy = book, _compiled(book.policy)

    def _silent(self, now: int) -> bool:
        return any(start <= now < end for start, end in self.story.outages)

    def _learn(self, steps: list[Step], now: int) -> list[Step]:
        here = [step for step in steps if step[0] <= now]
        for at, act in here:
            act()
            if at <= BEGINNING:
                Change.delete().execute()
        return steps[len(here) :]

    def _minute(self, now: int) -> None:
        """Ticks, catching up on what was missed, and hands over, till nothing new falls due."""
        assert self.live.policy is not None
        back = any(now == end for _, end in self.story.outages)
        for round_ in range(CHAIN):
            if back and not round_:
                done = self.live.tick_shop(self.row, now)
            else:
                Cursor.update(
                    ticked_at=now - MINUTE
                ).execute()  # it ticked every minute; nothing happened in those
                done = tick(self._view(now), self.live.policy, self.store, Draw(TEST_KEY, False))
            if not done.messages:
                return
            ended = self._hand_over(now)
            if not (self.asks_mails or ended):
                return
        raise RecursionError("mails cause mails without end")

    def _hand_over(self, now: int) -> bool:
        """Sends what may go; says whether a mail came to an end unsent, which makes room for what waits."""
        ended = False
        while claimed := claim(self.store, "worker", now, 20):
            batch = [Prepared(message.id, "subject", message.message_id) for message in claimed]
            asked = begin_sending(self.store, "worker", batch, now)
            settle(self.store, "worker", [Settled(key, "sent", "250 ok") for key in asked.go], now)
            ended = ended or bool(asked.stopped)
            # late mails of one address go one a minute, so that each sees the others; here that minute is none
            Message.update(not_before_at=now).where(Message.id << list(asked.later)).execute()
        return ended

    def _next(self, steps: list[Step], now: int) -> int | None:
        upcoming = Upcoming(self._view(now), self.story.until)
        upcoming.learn()
        found = [step[0] for step in steps[:1]] + [at for at, _ in self.books[:1]]
        found += [end for _, end in self.story.outages if end > now]
        due = upcoming.after(now)
        found += [] if due is None else [due]
        return -(-min(found) // MINUTE) * MINUTE if found else None
