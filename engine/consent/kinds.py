"""What a line of the ledger is about: a purpose, or something else that its purpose names in front of a colon.

No purpose holds a colon, so whoever asks for a purpose can never find one of these lines, and none is used by mistake.
"""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.objections import PROFILING

# Grants that do not hold: not confirmed yet, not proven; or hold for goods like those that were bought.
PENDING, UNPROVEN, SOFT = "pending:", "unproven:", "soft:"
NOT_YET = (PENDING, UNPROVEN, SOFT)
RULE, ABOUT = "rule:", "about:"
FREQUENCY, PAUSE, JOINED = "about:frequency", "about:pause", "about:joined"
WISHES = (FREQUENCY, PAUSE)  # what somebody wishes by granting it: fewer mails, none until a day
PROFILING_SAID = "profiling"  # what shops and commands call it
__all__ = ["PROFILING"]

# Why a grant is not used, as its line's detail.
NO_PROOF, NO_SALE, NO_OPT_OUT = "no_proof", "no_sale", "no_opt_out"
NOT_THERE, NOT_FOR_IT = "country", "purpose"


def kind_of(purpose: str) -> tuple[str, str]:
    """Splits what stands in the ledger into its kind, with the colon, and what it is about; a purpose has no kind."""
    kind, colon, about = purpose.partition(":")
    return (kind + colon, about) if colon else ("", purpose)


def is_purpose(column: Any) -> Any:
    """Says that a line of the ledger is about a purpose, which rules may ask as consent."""
    return fn.REPLACE(column, ":", "") == column


def shelved(purpose: str) -> tuple[str, ...]:
    """Lists under what a grant of a purpose may stand without being one: a withdrawal ends these too."""
    return tuple(kind + purpose for kind in NOT_YET)
