"""Forgetting somebody whole: told to old backups, out of the home's files and the store, and written down in the audit log."""

from __future__ import annotations

from pathlib import Path

import structlog

from engine import bulk
from engine.audit import Channel, write_down
from engine.consent.called import Somebody, erase_called
from engine.consent.erasure import Erased, erase
from engine.consent.erasures import note
from engine.consent.handed_out import names_of, take_away
from engine.failpoint import failpoint
from engine.store import Store
from models import Customer

log = structlog.get_logger()


def forget(
    home: Path | None, store: Store, whose: Somebody, now: int, author: str, channel: Channel
) -> Erased:
    """Erases somebody at one shop for good, customer or not; the line of the audit log is in the same transaction.

    The note comes first, so that a backup that is brought back later is told of it whatever happens now; then the files, for
    nobody looks for those of somebody who is erased already. Without a home there are neither.
    """
    shop, number = whose.shop.key, whose.id if isinstance(whose, Customer) else None
    if home is not None:
        note(home, store, whose, now)
        failpoint("erase.noted")
        take_away(home, shop, names_of(store, whose))

    def work() -> Erased:
        done = erase(store, whose, now) if isinstance(whose, Customer) else erase_called(store, whose, now)
        write_down(author, "erase", shop, now, channel=channel, customer=number)
        return done

    done = bulk.in_transaction(store, work)
    log.info("erased", customer=number, rows=sum(done.deleted.values()))
    return done
