"""The demo's last three weeks, played through by the real rules and policy, so that there is something to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from engine import calendar
from engine.clock import DAY, HOUR, MINUTE
from engine.demo.people import BUSY_HOURS
from engine.live import Live, Place
from engine.policy.history import Draw
from engine.rulebook.ast import Every, OnDate
from engine.tick import tick
from models import Message, Order, Shop

DAYS = 21
LEFT_TO_SEND = 20 * HOUR  # what was decided so lately is still in the queue when the demo starts
Progress = Callable[[int, int], object]


def live_through(
    home: Place, now: int, days: int = DAYS, progress: Progress = lambda done, total: None
) -> int:
    """Ticks the last weeks as they would have been, and returns how many mails were decided.

    The rules act from the start of these weeks. No mail leaves: what was decided more than 20 hours ago is written down
    as sent when it was decided, as made up as the orders that it is about; the rest waits for the sender. Left out are
    newsletters and other letters of the calendar, for which somebody has to write an issue first.
    """
    start = now - days * DAY
    live = Live(home)
    live.prepare(start)
    decided = sum(_tick_through(live, shop, start, now, progress) for shop in live.shops())
    with home.store.transaction():
        _send_on_paper(now)
    return decided


def _tick_through(live: Live, shop: Shop, start: int, now: int, progress: Progress) -> int:
    assert live.policy is not None
    moments = sorted(_moments(shop, start, now))
    decided, draw = 0, Draw(live.home.key)
    for number, at in enumerate(moments, 1):
        view = live.view(shop, at)
        calendar_rules = {rule.id for rule in view.rules() if isinstance(rule.trigger, Every | OnDate)}
        acting = {rule: since for rule, since in view.since.items() if rule not in calendar_rules}
        decided += tick(replace(view, since=acting), live.policy, live.home.store, draw).messages
        progress(number, len(moments))
    return decided


def _moments(shop: Shop, start: int, now: int) -> Iterator[int]:
    """Lists when to tick: after each order, for its thank-you, and at each full hour, when rules with `at` send.

    Minute by minute would be the same but for what waits, and would take as long as a coffee.
    """
    placed = Order.select(Order.at).where(Order.shop == shop, Order.at > start, Order.at < now - MINUTE)
    yield from {at - at % MINUTE + MINUTE for (at,) in placed.tuples()}
    day = calendar.local(start, shop.timezone).date()
    while calendar.at_clock_time(day, 0, shop.timezone) < now:
        hours = (calendar.at_clock_time(day, hour * 60, shop.timezone) for hour in BUSY_HOURS)
        yield from (at for at in hours if start < at < now)
        day += timedelta(days=1)
    yield now - now % MINUTE


def _send_on_paper(now: int) -> None:
    old = (Message.state == "queued") & (Message.decided_at < now - LEFT_TO_SEND)
    at = Message.decided_at
    sent = {
        "state": "sent",
        "sending_at": at,
        "settled_at": at,
        "attempts": 1,
        "reply": "made up by the demo",
    }
    Message.update(sent).where(old).execute()
