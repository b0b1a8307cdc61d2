"""Mailboxes: one row each, whoever writes to it and however they spell it."""

from __future__ import annotations

from collections.abc import Iterable

from engine import bulk
from engine.config_testing import apart, is_test
from engine.consent.erasure import digests_of_addresses
from engine.intake.accepting import Intake, unique
from models import Address


def address_ids(intake: Intake, mailboxes: Iterable[str | None], make: bool = True) -> dict[str, int]:
    """Returns the id of every mailbox, made where it is missing if told so; locked until the transaction ends.

    The lock is what keeps two requests from making two guests of one address at once. Sorted, so that none deadlock.
    A mailbox whose owner was erased is known by its digest alone, and stays suppressed. In a test shop a mailbox has a row
    of its own, so that nothing said of it there is ever said of somebody's real one.
    """
    if is_test(intake.shop.shop):
        boxes = {apart(mailbox): mailbox for mailbox in unique(mailboxes)}
        return {boxes[email]: number for email, number in _address_ids(intake, list(boxes), make).items()}
    return _address_ids(intake, unique(mailboxes), make)


def _address_ids(intake: Intake, wanted: list[str], make: bool) -> dict[str, int]:
    digests = digests_of_addresses(intake.store, wanted)
    known = {
        digests.get(email, email): number for email, number in _known(intake, [*wanted, *digests]).items()
    }
    missing = [mailbox for mailbox in wanted if mailbox not in known]
    return known | _made(intake, missing) if make else known


def _made(intake: Intake, missing: list[str]) -> dict[str, int]:
    """Makes these mailboxes; on PostgreSQL another request may have made some of them meanwhile."""
    store = intake.store
    if store.postgresql:
        rows = [(mailbox, intake.now) for mailbox in missing]
        bulk.insert(store, Address, ("email", "created_at"), rows, ignore=True)
        return _known(intake, missing)
    made = dict(zip(missing, bulk.allocate(store, Address, len(missing)), strict=True))
    bulk.insert(
        store,
        Address,
        ("id", "email", "created_at"),
        [(n, mailbox, intake.now) for mailbox, n in made.items()],
    )
    return made


def _known(intake: Intake, mailboxes: list[str]) -> dict[str, int]:
    rows = bulk.fetch(intake.store, Address, ("email", "id"), "email", mailboxes, lock=True)
    return {str(email): int(number) for email, number in rows}
