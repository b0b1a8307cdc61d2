"""What a consent that a shop reports comes to: one that holds, one that waits to be confirmed, or one that proves nothing."""

from __future__ import annotations

from engine.clock import DAY, moment
from engine.config_consent import RESERVED
from engine.consent.kinds import (
    NO_OPT_OUT,
    NO_PROOF,
    NO_SALE,
    NOT_FOR_IT,
    NOT_THERE,
    PENDING,
    PROFILING,
    SOFT,
    UNPROVEN,
)
from engine.consent.ledger import Entry
from engine.intake.accepting import Intake
from engine.intake.shapes import Consent, ConsentIn
from models import Customer, Order

SOFT_OPT_IN, EXPLICIT = "soft_opt_in", "explicit"
ABOUT_SIMILAR_GOODS = "marketing"  # a newsletter is about whatever it likes


def entry_of(
    intake: Intake, customer: int | None, purpose: str, said: Consent | ConsentIn, at: int, sold: bool = False,
    external: str | None = None,
) -> Entry:  # fmt: skip
    """Returns the line of the ledger that a shop's word comes to; `sold` says that it came with an order."""
    at = min(at, intake.now)
    kind, detail = _kind(intake, customer, purpose, said, sold, at)
    name = PROFILING if purpose == RESERVED else kind + purpose
    basis = (said.basis or EXPLICIT) if said.granted and purpose != RESERVED else None
    return Entry(
        customer, name, said.granted, at, intake.learned(at), said.source or None, said.wording, external,
        dated=said.at is not None or isinstance(said, ConsentIn), version=said.version or None, basis=basis, detail=detail,
        request_address=said.ip or None, proof=said.proof or None, asked_at=at if said.confirmed_at else None,
        confirmed_at=min(said.confirmed_at, intake.now) if said.confirmed_at else None,
    )  # fmt: skip


def _kind(
    intake: Intake, customer: int | None, purpose: str, said: Consent | ConsentIn, sold: bool, at: int
) -> tuple[str, str | None]:
    """Returns as what a grant is kept; beside it why it is not used, or until when it may be confirmed."""
    if not said.granted or purpose == RESERVED:
        return "", None
    if intake.history and not _proven(said):
        intake.unproven += 1
        return UNPROVEN, NO_PROOF
    if said.basis == SOFT_OPT_IN:
        lacking = _lacks(intake, customer, purpose, said, sold)
        intake.unproven += lacking is not None
        return (UNPROVEN, lacking) if lacking else (SOFT, None)
    asked = purpose in intake.shop.consent.double_opt_in and said.confirmed_at is None
    if not asked or intake.history:
        return "", None
    until_at = at + intake.shop.consent.confirm_within_days * DAY
    return PENDING, moment(until_at).isoformat(timespec="seconds")


def _proven(said: Consent | ConsentIn) -> bool:
    """Says whether history shows when and where somebody agreed, or names the document that does."""
    return bool(said.proof) or (said.at is not None and bool(said.source))


def _lacks(
    intake: Intake, customer: int | None, purpose: str, said: Consent | ConsentIn, sold: bool
) -> str | None:
    """Returns what a sale lacks to let the shop write: the purpose, the chance to refuse, the sale, or the country's law."""
    if purpose != ABOUT_SIMILAR_GOODS:
        return NOT_FOR_IT
    if not said.opt_out_offered:
        return NO_OPT_OUT
    person = Customer.get_or_none(Customer.id == customer) if customer else None
    if ((person and person.country) or intake.shop.country) not in intake.shop.consent.soft_opt_in:
        return NOT_THERE
    bought = (Order.customer == customer) & Order.void_at.is_null()
    return None if sold or (person and Order.select().where(bought).exists()) else NO_SALE
