"""Which shop systems are asked, and one turn of asking from beginning to end, whatever comes between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog

from engine.clock import MINUTE, SECOND
from engine.config import Config, ShopConfig
from engine.errors import IntakeError, LeaseLost
from engine.intake.connectors.readers import pulled_reader
from engine.intake.pulling import baselinker, woocommerce
from engine.intake.pulling.asking import NotAnswered
from engine.intake.pulling.turn import Turn
from engine.store import Store
from models import Shop

log = structlog.get_logger()
SYSTEMS = {"woocommerce": woocommerce, "baselinker": baselinker}
MOST = 80  # questions in one turn of the clock
ALL = 10**9


def systems(shop: ShopConfig) -> dict[str, Any]:
    """Returns the settings of the systems that config.yaml has asked for a shop, by their names."""
    return {name: found for name in SYSTEMS if (found := getattr(shop.pull, name)) is not None}


def take_turn(
    store: Store,
    config: Config,
    shop: Shop,
    name: str,
    now: Callable[[], int],
    stop: threading.Event,
    *,
    most: int = MOST,
    early: bool = False,
    since: int | None = None,
    history: bool = False,
) -> Turn | None:
    """Asks one system until all is answered or `most` questions are asked; None where it is not time or not our turn.

    With `since` everything that has changed from then on is asked for again; with `history` what is older than a day wakes
    no rule. Raises NotAnswered, which is kept beside the place to go on from.
    """
    settings = systems(config.shop(shop.key))[name]
    turn = Turn(store, config, shop, name, pulled_reader(config.shop(shop.key), name), now, stop, most)
    if not turn.claim(early):
        return None
    if since is not None:
        turn.place = SYSTEMS[name].begin_at(turn.place, since) | {"history": history}
        turn.keep([], turn.place)
    every = settings.every_minutes * MINUTE
    try:
        _ask(turn, settings)
    except NotAnswered as error:
        turn.end(every, str(error), error.wait * SECOND)
        raise
    except LeaseLost as error:
        log.warning("lease lost", source=name, shop=shop.key, error=str(error))
        return turn
    except BaseException as error:
        turn.end(every, f"it broke off: {type(error).__name__}")
        raise
    turn.end(every)
    return turn


def _ask(turn: Turn, settings: Any) -> None:
    try:
        SYSTEMS[turn.name].pull(turn, settings)
    except IntakeError as error:
        said = "; ".join(f"{pointer}: {detail}" for pointer, detail in error.problems)
        raise NotAnswered(f"{turn.name} answers oddly: {said}", remedy="it is asked again later") from error
    if turn.done and turn.place.get("history"):
        turn.keep([], turn.place | {"history": False})
