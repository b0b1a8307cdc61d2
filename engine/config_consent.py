"""The part of config.yaml about consent: which purposes are confirmed from the mailbox, and where a sale is enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, field_validator

from engine.config_sending import Strict

RESERVED = "profiling"  # what an objection is called where shops report it
# The states of the European Union, whose directive 2002/58 lets a shop write about goods like those that it has sold
# (article 13, 2); a state may ask for more, and these do: Poland (PKE, article 398) and, outside the Union, Ukraine
# (Law on Advertising, article 14-3) want consent beforehand.
UNION = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
NEVER = {
    "PL": "Polish law wants consent beforehand (PKE, article 398)",
    "UA": "Ukrainian law wants consent beforehand (Law on Advertising, article 14-3)",
}


class Consent(Strict):
    """How consent to a shop's mails comes about, beside the box that a customer ticks."""

    double_opt_in: tuple[str, ...] = Field(
        default=(), description="purposes that count only once they are confirmed from the mailbox"
    )
    confirm_within_days: int = Field(default=7, ge=1, le=60)
    soft_opt_in: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = Field(
        default=(), description="countries in which a sale lets the shop write about similar goods"
    )

    @field_validator("soft_opt_in")
    @classmethod
    def _where_it_is_lawful(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        for country in countries:
            if country in NEVER:
                raise ValueError(f"{country}: {NEVER[country]}")
            if country not in UNION:
                raise ValueError(f"{country}: not known to take a sale for consent; see docs/consent.md")
        return countries


def demand_purposes(asked: Iterable[Consent], known: Iterable[str]) -> None:
    """Raises ValueError where a purpose is called what an objection is called, or one is to be confirmed that is not there."""
    purposes = set(known)
    if RESERVED in purposes:
        raise ValueError(
            f"purposes: {RESERVED!r} means something else: an objection to it; call it another name"
        )
    for name in (name for consent in asked for name in consent.double_opt_in):
        if name not in purposes - {"transactional"}:
            raise ValueError(f"consent.double_opt_in: no purpose is called {name!r}")
