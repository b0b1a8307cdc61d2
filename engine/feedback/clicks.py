"""Clicks: noted as they come, judged when it can be told whether a person did it, and then a `clicked` fact of its mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from peewee import JOIN, fn

from engine import bulk
from engine.consent.objection import objects
from engine.feedback.machines import AT_ONCE, TOO_QUICK, machine_by_request, machine_by_time
from engine.notices import CLICKED, News, facts_of, note
from engine.store import Store
from models import Change, Click, Event, Link, Message

WAIT = max(2 * AT_ONCE, TOO_QUICK)  # by then every link that was opened with this one has been
MOST_OF_ONE_MAIL = 100  # whoever opens more than that fills no table
AT_A_TIME = 500
KIND = "clicked"


def note_click(message: Any, link: int | None, headers: Mapping[str, str], now: int) -> bool:
    """Notes that a link of a mail was opened; says whether it did: not for who was erased, or objects to profiling."""
    if message.customer.erased_at is not None or objects(message.customer_id, now):
        return False
    if Click.select().where(Click.message == message.id).count() >= MOST_OF_ONE_MAIL:
        return False
    machine = machine_by_request(headers) or machine_by_time(now, message.settled_at or message.sending_at)
    Click.create(
        shop=message.shop_id, message=message.id, customer=message.customer_id, link=link, at=now,
        machine=machine, judged_at=now if machine else None,
    )  # fmt: skip
    return True


def is_to_judge(now: int) -> bool:
    """Says whether a click waits that can be judged."""
    return bool(_ripe(now).exists())


def judge(store: Store, now: int) -> int:
    """Judges what was clicked more than two seconds ago, shop by shop; returns how many mails a person is found to have
    clicked for the first time, each of which is now a fact."""
    shops = [shop for (shop,) in _ripe(now).select(Click.shop).distinct().order_by(Click.shop).tuples()]
    return sum(bulk.in_transaction(store, lambda shop=shop: _judge(store, shop, now)) for shop in shops)  # type: ignore[misc]


def _ripe(now: int) -> Any:
    return Click.select(Click.id).where(Click.judged_at.is_null() & (Click.at <= now - WAIT))


def _judge(store: Store, shop: int, now: int) -> int:
    """Two clocks may come here at once: the second waits, and finds nothing."""
    bulk.lock_shop(store, shop, bulk.ALONE)
    ripe = _ripe(now).select(Click).where(Click.shop == shop).order_by(Click.at, Click.id).limit(AT_A_TIME)
    clicks = list(ripe)
    beside = _by_message(clicks)
    known = _known([click.message_id for click in clicks])
    facts = []
    for click in clicks:
        click.machine, click.judged_at = _at_once(click, beside[click.message_id]), now
        click.save(only=[Click.machine, Click.judged_at])
        if click.machine is None and click.message_id not in known:
            known.add(click.message_id)
            facts.append(click)
    _tell(store, facts, now)
    return len(facts)


def _by_message(clicks: Iterable[Click]) -> dict[int, list[Click]]:
    found: dict[int, list[Click]] = {click.message_id: [] for click in clicks}
    for click in Click.select().where(Click.message.in_(sorted(found))) if found else ():
        found[click.message_id].append(click)
    return found


def _at_once(click: Click, others: Iterable[Click]) -> str | None:
    """Says that another link of the same mail was opened within a second."""
    near = (each for each in others if each.link_id != click.link_id and abs(each.at - click.at) <= AT_ONCE)
    return "at_once" if any(near) else None


def _human() -> Any:
    return Click.judged_at.is_null(False) & Click.machine.is_null()


def _known(messages: Iterable[int]) -> set[int]:
    """Returns the mails that a person is known to have clicked."""
    mine = Click.message.in_(sorted(set(messages)))
    return {key for (key,) in Click.select(Click.message).where(mine & _human()).distinct().tuples()}


def _tell(store: Store, clicks: Iterable[Click], now: int) -> None:
    """Makes facts of the clicks, and lets the next tick look at them."""
    for click in clicks:
        Event.create(
            shop=click.shop_id, customer=click.customer_id, kind=KIND, at=click.at, recorded_at=now,
            properties={"rule": click.message.rule},
        )  # fmt: skip
        row = (click.shop_id, click.customer_id, click.at, now)
        bulk.insert(store, Change, ("shop_id", "customer_id", "at", "recorded_at"), [row])
        note(store, click.shop_id, CLICKED, [News(click.customer_id, click.at, facts_of(click.message))], now)


def clicked_mails(shop_id: int, rule: str, since: int, until: int) -> int:
    """Counts the mails of a rule that were sent in [since, until) and that a person has clicked."""
    sent = (Message.shop == shop_id) & (Message.rule == rule) & (Message.state == "sent")
    stretch = (Message.settled_at >= since) & (Message.settled_at < until)
    counted = Click.select(fn.COUNT(Click.message.distinct())).join(Message).where(sent & stretch & _human())
    return int(counted.scalar() or 0)


def clicks_of(message: int, most: int = 20) -> list[Click]:
    """Lists the first clicks of a mail with their links, whoever made them."""
    rows = Click.select(Click, Link).join(Link, JOIN.LEFT_OUTER).where(Click.message == message)
    return list(rows.order_by(Click.at, Click.id).limit(most))
