"""How a source fares: counts, its last word, its lag and silence; what it sent in vain is kept, and taken again on demand."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import bulk
from engine.clock import DAY, HOUR, instant
from engine.config import Config
from engine.errors import IntakeError
from engine.intake.connectors.readers import reader_of
from engine.intake.connectors.samples import sample
from engine.intake.connectors.told import Told, mapping
from engine.intake.keeping import keep
from engine.store import Store
from models import RefusedMessage, Shop, Source

KEPT_OF_A_SOURCE = 100  # the newest; one broken setting would else keep every order of a shop twice
LONGEST_BODY = 1_000_000  # characters
ENOUGH = 10  # messages, before a silence says anything
MOMENTS = ("updated_at", "at", "placed_at")
BY_HAND = "a customer's wish is not done from here: use `server.py erase` or `export`, or let the shop system repeat it"


class _Undone(Exception):
    """Rolls a rehearsal back; carries how many items it would have kept."""


def note(
    shop_id: int, name: str, what: str, topic: str, error: str | None, lag: int | None, now: int
) -> Source:
    """Counts a message and returns its source; who signs wrongly moves no clock, so that strangers cannot fake a pulse.

    `what` is accepted, unchanged, refused or denied; `lag` in microseconds. Inside the caller's transaction.
    """
    mine = (Source.shop == shop_id) & (Source.name == name)
    Source.insert(shop=shop_id, name=name).on_conflict_ignore().execute()
    row: Source = Source.get(mine)
    count = getattr(Source, what)
    news: dict[Any, Any] = {count: count + 1}
    if what != "denied":
        news |= {Source.last_at: now, Source.last_topic: topic[:128]}
        if row.last_at is not None:
            news[Source.longest_silence] = max(row.longest_silence or 0, now - row.last_at)
        if lag is not None:
            news[Source.lag] = lag
    if error is not None:
        news |= {Source.error: error[:1000], Source.error_at: now}
    Source.update(news).where(mine).execute()
    return row


def lag_of(told: Told, now: int) -> int | None:
    """Returns how long ago the newest thing that a message tells happened at the shop, or None where none has its moment."""
    items = [*told.orders, *told.refunds, *told.customers, *told.products, *told.consents, *told.events]
    said = [item[name] for item in items for name in MOMENTS if isinstance(item.get(name), str)]
    known = [at for at in map(_instant, said) if at is not None]
    return max(0, now - max(known)) if known else None


def _instant(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant(at) if at.tzinfo is not None else None


def silent_too_long(source: Source, now: int) -> bool:
    """Says whether a source that used to speak has been silent for longer than it ever was."""
    if source.last_at is None or source.accepted + source.unchanged + source.refused < ENOUGH:
        return False
    return bool(
        now - source.last_at > max(source.longest_silence or 0, HOUR) and now - source.last_at < 365 * DAY
    )


def set_aside(source: Source, topic: str, body: str, error: str, now: int) -> None:
    """Keeps a message that could not be read, and of its source only the newest."""
    RefusedMessage.create(
        source=source, at=now, topic=topic[:128], body=body[:LONGEST_BODY], error=error[:1000]
    )
    mine = RefusedMessage.source == source
    newest = (
        RefusedMessage.select(RefusedMessage.id)
        .where(mine)
        .order_by(RefusedMessage.id.desc())
        .limit(KEPT_OF_A_SOURCE)
    )
    last = [key for (key,) in newest.tuples()][-1:]
    if last:
        RefusedMessage.delete().where(mine, RefusedMessage.id < last[0]).execute()


def set_aside_once(shop_id: int, name: str, topic: str, body: str, error: str, now: int) -> None:
    """Keeps what a system was asked for and could not be kept, once however often it is asked for again.

    It was not told by itself, so that the source counts as neither heard of nor silent for less long.
    """
    Source.insert(shop=shop_id, name=name).on_conflict_ignore().execute()
    source: Source = Source.get(Source.shop == shop_id, Source.name == name)
    kept = RefusedMessage.source == source
    if RefusedMessage.select().where(kept, RefusedMessage.body == body[:LONGEST_BODY]).exists():
        return
    news: dict[Any, Any] = {
        Source.refused: Source.refused + 1,
        Source.error: error[:1000],
        Source.error_at: now,
    }
    Source.update(news).where(Source.id == source.id).execute()
    set_aside(source, topic, body, error, now)


def take_again(store: Store, config: Config, shop: Shop, message: RefusedMessage, now: int) -> str | None:
    """Takes a refused message again; returns None where it is kept now, else what is still wrong with it."""
    read = reader_of(config.shop(shop.key), message.source.name)
    if read is None:
        return f"config.yaml names no webhooks.{message.source.name} for this shop any more"
    try:
        told = read(message.topic, mapping(json.loads(message.body, parse_float=Decimal), ""))
        if told.erase or told.export:  # what keeps items would call it kept, and nothing would be done
            return BY_HAND
        bulk.in_transaction(store, lambda: _kept_again(store, config, shop, told, message, now))
    except IntakeError as error:
        return _written(error)
    except ValueError:
        return "it was cut off, and is no JSON"
    return None


def _kept_again(
    store: Store, config: Config, shop: Shop, told: Told, message: RefusedMessage, now: int
) -> None:
    done = keep(store, config, shop, told, now)
    what = "accepted" if done.accepted else "unchanged"
    note(shop.id, message.source.name, what, message.topic, None, None, now)
    message.delete_instance()


def rehearse(store: Store, config: Config, shop: Shop, name: str, now: int) -> str | None:
    """Sends a test event through everything that a real one goes through and keeps nothing; returns what is wrong, or None."""
    settings = config.shop(shop.key)
    read = reader_of(settings, name)
    if read is None:
        return f"config.yaml names no webhooks.{name} for this shop"
    topic, sent = sample(name, settings.currency, now)

    def work() -> None:
        raise _Undone(keep(store, config, shop, read(topic, sent), now).accepted)

    try:
        bulk.in_transaction(store, work)
    except _Undone as done:
        return None if done.args[0] else "nothing of it would have been kept"
    except IntakeError as error:
        return _written(error)
    raise AssertionError("a rehearsal always ends in one of these")


def _written(error: IntakeError) -> str:
    return "; ".join(f"{pointer}: {detail}" for pointer, detail in error.problems)
