"""Forgetting somebody whole: told to old backups, out of the home's files and the store, and written down in the audit log."""

from __future__ import annotations

from pathlib import Path

import structlog

from engine import bulk
from engine.audit import Channel, write_down
from engine.consent.erasure import Erased, erase
from engine.consent.erasures import note
from engine.consent.handed_out import named_by, take_away
from engine.consent.traces import sought_of
from engine.failpoint import failpoint
from engine.store import Store
from models import Customer

log = structlog.get_logger()


def forget(
    home: Path | None, store: Store, customer: Customer, now: int, author: str, channel: Channel
) -> Erased:
    """Erases one customer for good; the line of the audit log is written in the same transaction.

    The note comes first, so that a backup that is brought back later is told of it whatever happens now; then the files, for
    nobody looks for those of somebody who is erased already. Without a home there are neither.
    """
    shop, mailboxes = customer.shop.key, {*sought_of(customer).mailboxes.values()}
    mailboxes |= {customer.address.email} if customer.address_id else set()
    if home is not None:
        note(home, store, customer, now)
        failpoint("erase.noted")
        take_away(home, shop, [str(customer.id), *(named_by(store, None, mailbox) for mailbox in mailboxes)])

    def work() -> Erased:
        done = erase(store, customer, now)
        write_down(author, "erase", shop, now, channel=channel, customer=customer.id)
        return done

    done = bulk.in_transaction(store, work)
    log.info("erased", customer=customer.id, rows=sum(done.deleted.values()))
    return done
