"""What the clock does about shop systems by itself: it asks those that are to be asked, and forgets shops that have left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from engine.audit import SERVER
from engine.cli.home import Home
from engine.config import ShopConfig
from engine.consent.called import Somebody
from engine.consent.forgotten import forget
from engine.intake.forgetting import forget as forget_left
from models import Shop

log = structlog.get_logger()
MINUTE, HOUR = 60, 3600
Beside = Callable[[Home, Callable[[Home], object]], Any]  # engine/roles/housekeeping.py has it


def shop_systems(home: Home, beside: Beside) -> dict[Callable[[], object], int]:
    """Returns what is to be done about shop systems, and every how many seconds."""
    forgetting, done = beside(home, forget_shops), dict[Callable[[], object], int]()

    def leaving() -> None:
        forgetting.start()

    for shop in home.config.shops:
        for name in ("woocommerce", "baselinker"):
            if getattr(shop.pull, name) is not None:  # each for itself: a slow one holds up no other
                done[_asking(beside(home, _ask(shop, name)), shop, name)] = MINUTE
    return {leaving: HOUR} | done


def _ask(shop: ShopConfig, name: str) -> Callable[[Home], object]:
    act = partial(ask_shop, key=shop.shop, name=name)
    act.__name__ = f"ask {name} of {shop.shop}"  # type: ignore[attr-defined]
    return act


def _asking(thread: Any, shop: ShopConfig, name: str) -> Callable[[], object]:
    def asking() -> None:
        thread.start()

    asking.__name__ = f"ask {name} of {shop.shop}"
    return asking


def ask_shop(home: Home, key: str, name: str) -> None:
    """Asks one system of one shop, where it is time and nobody else is at it."""
    from engine.intake.pulling.asking import NotAnswered  # only a home that asks pays for it
    from engine.intake.pulling.run import take_turn

    shop = Shop.get_or_none(Shop.key == key)
    if shop is None:
        return
    try:
        turn = take_turn(home.store, home.config, shop, name, home.clock.now, threading.Event())
    except NotAnswered as error:
        log.warning("not_answered", source=name, shop=key, error=str(error))
        return
    if turn is not None and (turn.brought or turn.refused):
        log.info("asked", source=name, shop=key, brought=turn.brought, known=turn.known, refused=turn.refused)


def forget_shops(home: Home) -> int:
    """Erases the customers of shops that have left their system and have not come back; returns how many."""
    now = home.clock.now()

    def erase(whose: Somebody) -> None:
        forget(home.path, home.store, whose, now, SERVER, "server")

    found = forget_left(home.config, now, erase)
    if found:
        log.warning("shop_forgotten", customers=found)
    return found
