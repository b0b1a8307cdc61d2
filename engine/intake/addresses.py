"""Mailboxes: one row each, whoever writes to it and however they spell it."""

from __future__ import annotations

from collections.abc import Iterable

from engine import bulk
from engine.consent.erasure import digest_of_address
from engine.intake.accepting import Intake, unique
from models import Address


def address_ids(intake: Intake, mailboxes: Iterable[str | None], make: bool = True) -> dict[str, int]:
    """Returns the id of every mailbox, made where it is missing if told so; locked until the transaction ends.

    The lock is what keeps two requests from making two guests of one address at once. Sorted, so that none deadlock.
    A mailbox whose owner was erased is known by its digest alone, and stays suppressed.
    """
    wanted = unique(mailboxes)
    digests = {digest_of_address(intake.store.secret, mailbox): mailbox for mailbox in wanted}
    known = {
        digests.get(email, email): number for email, number in _known(intake, [*wanted, *digests]).items()
    }
    missing = [mailbox for mailbox in wanted if mailbox not in known]
    if missing and make:
        rows = [(mailbox, intake.now) for mailbox in missing]
        bulk.insert(intake.store, Address, ("email", "created_at"), rows, ignore=True)
        known |= _known(intake, missing)
    return known


def _known(intake: Intake, mailboxes: list[str]) -> dict[str, int]:
    rows = bulk.fetch(intake.store, Address, ("email", "id"), "email", mailboxes, lock=True)
    return {str(email): int(number) for email, number in rows}
