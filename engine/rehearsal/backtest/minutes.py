"""One day minute by minute: the live tick, in each minute in which something can happen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from peewee import fn

from engine import bulk
from engine.clock import MINUTE
from engine.errors import RegularsError
from engine.matching.view import View, chunks
from engine.policy.compiled import CompiledPolicy
from engine.policy.history import Draw
from engine.prepared import prepared
from engine.rehearsal.backtest.moments import due_moments
from engine.rehearsal.backtest.news import COLUMNS, News, news_of, tell_mails
from engine.rehearsal.backtest.stood import Stood
from engine.rehearsal.edges import house_edges
from engine.rulebook.ast import FactTrigger, Membership, Rule
from engine.store import Store
from engine.tick import Speaks, tick
from models import Change, Hold, Message

CHAIN = 20  # mails that cause mails in one minute; more is a circle


@dataclass(slots=True)
class Steps:
    """What it takes to go through a day."""

    view: View
    policy: CompiledPolicy
    store: Store
    draw: Draw
    speaks: Speaks
    stood: Stood
    mails_are_asked: bool
    watching: bool  # segments are watched: every fact of anybody may make a member
    silent: int = 0
    waiting: set[int] = field(default_factory=set)  # customers who have something held

    def day(self, after: int, until: int) -> None:
        """Ticks every minute of (after, until] in which something can happen, in the caller's transaction."""
        dues = deque(sorted({_up(at) for at in due_moments(replace(self.view, now=until), after, until)}))
        news = deque(news_of(self.view.shop_id, after, until, self.stood.ends))
        self.waiting = {customer for (customer,) in Hold.select(Hold.customer).distinct().tuples()}
        last = after
        while (minute := self._next(last, dues, news)) is not None and minute <= until:
            while dues and dues[0] <= minute:
                dues.popleft()
            self._hear(news, minute)
            self.stood.move_to(minute)
            self._tick(minute, last)
            dues = deque(sorted({*dues, *self._followers(minute, until)}))
            last = minute
        self.stood.move_to(until)

    def _next(self, last: int, dues: deque[int], news: deque[News]) -> int | None:
        found = [dues[0]] if dues else []
        for at in (*_wakes(self.view.shop_id, last), *_learned(self.view.shop_id, last)):
            found += [_up(moment) for moment in at if moment is not None]
        if _every_minute(self.view.shop_id):
            found += [_up(at) for at in house_edges(replace(self.view, now=last), last)]
        first = min(found, default=None)
        return self._news_before(first, news) or first

    def _news_before(self, minute: int | None, news: deque[News]) -> int | None:
        """Returns when, before that minute, something is learned of somebody who waits; passes over what is not."""
        while news and (minute is None or _up(news[0].recorded_at) < minute):
            if self.watching or news[0].customer_id in self.waiting:
                return _up(news[0].recorded_at)
            news.popleft()
        return None

    def _hear(self, news: deque[News], minute: int) -> None:
        heard = []
        while news and news[0].recorded_at <= minute:
            one = news.popleft()
            if self.watching or one.customer_id in self.waiting:
                heard.append((self.view.shop_id, one.customer_id, one.at, one.recorded_at))
        bulk.insert(self.store, Change, COLUMNS, heard)

    def _tick(self, now: int, last: int) -> None:
        """Ticks, sends on paper what was decided, and ticks again while that makes something else fall due."""
        for _ in range(CHAIN):
            view = replace(self.view, now=now)
            # What lies between was gone through, for nothing could happen in it: only the last minute is asked.
            last = max(last, now - MINUTE)
            done = tick(view, self.policy, self.store, self.draw, last=last, speaks=self.speaks)
            self.silent += done.silent
            self._note_waiting({decision.candidate.customer_id for decision in done.decisions})
            last = now
            messages = hand_over(now) if done.messages else []
            if not messages or not self.mails_are_asked:
                return
            tell_mails(self.store, self.view.shop_id, messages, now)
        raise RegularsError(
            "mails cause mails without end in one minute", remedy="look at rules with was_sent"
        )

    def _note_waiting(self, customers: set[int]) -> None:
        self.waiting -= customers
        for some in chunks(sorted(customers)):
            held = Hold.select(Hold.customer).where(Hold.customer.in_(some))
            self.waiting |= {customer for (customer,) in held.tuples()}

    def _followers(self, after: int, until: int) -> Iterator[int]:
        """Yields when something falls due today that this minute's mails, memberships or changed fields have begun."""
        moved = any(_up(at) == after for at, _ in self.stood.redated)
        begun = self.mails_are_asked or self.watching or moved
        if begun:
            rules = [rule for rule in self.view.rules() if moved or _begins_here(rule)]
            view = replace(self.view, now=until, since={rule.id: self.view.since[rule.id] for rule in rules})
            yield from (_up(at) for at in due_moments(view, after, until))


def _begins_here(rule: Rule) -> bool:
    """Says whether a rule starts with what a tick itself brings about."""
    trigger = rule.trigger
    return isinstance(trigger, Membership) or (
        isinstance(trigger, FactTrigger) and trigger.pattern.kind == "was_sent"
    )


def hand_over(now: int) -> list[Message]:
    """Counts what was decided as sent in its minute, and returns it."""
    messages = list(Message.select(Message.id, Message.customer).where(Message.state == "queued"))
    Message.update(state="sent", settled_at=now, sending_at=now).where(Message.state == "queued").execute()
    return messages


@prepared
def _wakes(shop: Any, last: Any) -> Any:
    return Hold.select(fn.MIN(Hold.wake_at)).where((Hold.shop == shop) & (Hold.wake_at > last))


@prepared
def _learned(shop: Any, last: Any) -> Any:
    return Change.select(fn.MIN(Change.recorded_at)).where(
        (Change.shop == shop) & (Change.recorded_at > last)
    )


@prepared
def _every_minute(shop: Any) -> Any:
    return Hold.select(Hold.id).where((Hold.shop == shop) & (Hold.every_minute == True)).limit(1)  # noqa: E712 - a column


def _up(at: int) -> int:
    return -(-at // MINUTE) * MINUTE
