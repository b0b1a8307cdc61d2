"""A shop that has left its system: the system asks that its customers be forgotten, and after some days they are.

The days are for the mistake of a click: whoever connects the shop again is told of orders again, which takes the wish back.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.clock import DAY
from engine.config import Config
from engine.consent.called import Somebody, everybody_called
from engine.errors import ConfigError
from engine.intake.connectors.told import Told
from models import Customer, Shop, Source

GRACE = 7 * DAY  # Shopify gives thirty
AT_ONCE = 100  # customers between two looks at whether the wish still stands


def heed(source: Source, told: Told, now: int) -> None:
    """Notes the wish to be forgotten, or takes it back where orders come again; inside the caller's transaction."""
    this = Source.id == source.id
    if told.forget_shop:
        Source.update(redact_at=now + GRACE).where(this, Source.redact_at.is_null()).execute()
    elif told.orders:
        Source.update(redact_at=None).where(this, Source.redact_at.is_null(False)).execute()


def forget(config: Config, now: int, erase: Callable[[Somebody], object]) -> int:
    """Erases the customers of shops whose days are over, as long as config.yaml names their system; returns how many.

    `erase` is how somebody is forgotten, customer or not: whoever calls this knows the home, whose files must forget them too.
    """
    due = Source.select().where(Source.redact_at.is_null(False), Source.redact_at <= now)
    return sum(_forget(source, erase) for source in list(due) if _is_named(config, source))


def _is_named(config: Config, source: Source) -> bool:
    key = Shop.get_by_id(source.shop_id).key
    try:
        return getattr(config.shop(key).webhooks, source.name, None) is not None
    except ConfigError:
        return False


def _forget(source: Source, erase: Callable[[Somebody], object]) -> int:
    here, done = (Customer.shop == source.shop_id) & Customer.erased_at.is_null(), 0
    while Source.get_by_id(source.id).redact_at is not None:
        some = list(Customer.select().where(here).order_by(Customer.id).limit(AT_ONCE))
        for customer in some:
            erase(customer)
        done += len(some)
        if not some:
            done += _forget_called(source, erase)
            Source.update(redact_at=None).where(Source.id == source.id).execute()
    return done


def _forget_called(source: Source, erase: Callable[[Somebody], object]) -> int:
    """Erases whoever waited under an address or an id and never became a customer."""
    found = list(everybody_called(Shop.get_by_id(source.shop_id)))
    for called in found:
        erase(called)
    return len(found)
