"""What the law lets customers wish, as their shop system passes it on: to be forgotten, or to be told what is kept of them."""

from __future__ import annotations

from pathlib import Path

import structlog
from flask import current_app

from engine import bulk
from engine.audit import SERVER, write_down
from engine.consent.called import Somebody
from engine.consent.forgotten import forget
from engine.consent.handed_out import FOLDER, file_for
from engine.intake.connectors.told import Told
from engine.intake.meant import meant_by
from engine.reports.everything import write_export
from engine.web.app import Served
from models import Customer, Shop

log = structlog.get_logger()


def heed_wish(here: Served, shop: Shop, told: Told, now: int) -> None:
    """Forgets whoever a message wants forgotten, or writes down what is kept of them for the operator to hand over."""
    whom, home = told.erase or told.export, current_app.extensions.get("home")
    if whom is None:
        return
    path, found = None if home is None else home.path, False
    for whose in meant_by(shop, whom):
        found = True
        if told.erase:
            forget(path, here.store, whose, now, SERVER, "server")
        elif path is not None:
            _hand_out(here, path, whose, now)
    if not found:
        log.info("nobody_is_meant", shop=shop.key, wish="erase" if told.erase else "export")


def _hand_out(here: Served, home: Path, whose: Somebody, now: int) -> None:
    shop, number = whose.shop.key, whose.id if isinstance(whose, Customer) else None

    def work() -> None:
        write_down(SERVER, "export", shop, now, channel="server", customer=number)
        write_export(file_for(home, here.store, whose, now), whose, now)

    bulk.in_transaction(here.store, work)
    log.warning("customer_asks_for_data", shop=shop, customer=number, folder=FOLDER)
