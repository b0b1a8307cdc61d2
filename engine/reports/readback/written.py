"""Moments, amounts and names, written as intake reads them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine.clock import moment
from engine.errors import ConfigError
from engine.intake.reading import minor, precision
from engine.reports.readback.walking import Desk

DIGITS = 12  # behind the point: as many as intake takes


def iso(at: int | None) -> str | None:
    """Writes an instant in UTC; nothing for nothing."""
    return None if at is None else moment(at).isoformat().replace("+00:00", "Z")


def exact(minor_units: int, currency: str) -> str:
    """Writes minor units of a currency as an amount: 12990 of PLN is 129.90."""
    places = precision(currency)
    return f"{Decimal(minor_units).scaleb(-places):.{places}f}"


def amount_in(desk: Desk, minor_units: int | None, currency: str, rate: Decimal | None = None) -> str | None:
    """Writes what is kept in the shop's currency as the shortest amount in another that intake would keep so.

    `rate` is taken where none is configured any more.
    """
    if minor_units is None:
        return None
    own = desk.shop.currency
    if currency == own:
        return exact(minor_units, own)
    rate = _rate(desk, currency) or rate or Decimal(1)
    value = Decimal(minor_units).scaleb(-precision(own)) / rate
    for digits in range(precision(currency), DIGITS + 1):
        written = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        if minor(written * rate, own) == minor_units:
            break
    return f"{written:f}"


def _rate(desk: Desk, currency: str) -> Decimal | None:
    try:
        return desk.config.convert(Decimal(1), currency, desk.shop)
    except ConfigError:
        return None


def named(external: str | None, customer: Any) -> dict[str, str | None] | None:
    """Names a customer as a fact named them before, else by the shop's id, else by address; None: nobody knows any more.

    `external` is what intake waits under, id:… or email:….
    """
    kind, _, word = (external or "").partition(":")
    if kind == "email":
        return {"id": None, "email": word}
    known = customer.external_id if customer is not None else None
    if kind == "id":
        return {"id": word, "email": customer.email if customer is not None and known != word else None}
    if known is not None:
        return {"id": known, "email": None}
    return {"id": None, "email": customer.email} if customer is not None and customer.email else None
