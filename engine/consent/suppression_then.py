"""Suppression as it stood at a moment: told by the address's story, so that what was lifted since is known too."""

from __future__ import annotations

from typing import Any

from models import Address, Suppression

LIFTED = "lifted"


def suppressed_then(address: Any, at: int) -> tuple[int | None, str | None]:
    """Returns since when an address was suppressed at `at`, and for what; (None, None) where mail went there."""
    mine = (Suppression.address == address.id) & (Suppression.at <= at)
    line = Suppression.select().where(mine).order_by(Suppression.at.desc(), Suppression.id.desc()).first()
    if line is not None:
        return (None, None) if line.act == LIFTED else (int(line.at), str(line.reason))
    stopped = address.suppressed_at is not None and address.suppressed_at <= at
    return (address.suppressed_at, address.suppressed_reason) if stopped else (None, None)


def lines(after: int) -> list[tuple[int, int, str]]:
    """Lists what happened to addresses after a moment: address, when, suppressed | paused | lifted."""
    rows = Suppression.select(Suppression.address, Suppression.at, Suppression.act).where(
        Suppression.at > after
    )
    return list(rows.order_by(Suppression.at, Suppression.id).tuples())


def stopped_since(at: int) -> bool:
    """Says whether any address was stopped or let go after a moment."""
    later = Suppression.select().where(Suppression.at > at).exists()
    return bool(later or Address.select().where(Address.suppressed_at > at).exists())


def stopped_at(at: int) -> dict[int, int | None]:
    """Returns, for each address that was stopped or let go after `at`, since when it was stopped then; None: it was not."""
    moved = Suppression.select(Suppression.address).where(Suppression.at > at)
    before = (Suppression.address << moved) & (Suppression.at <= at)
    rows = Suppression.select(Suppression.address, Suppression.at, Suppression.act).where(before)
    found: dict[int, int | None] = {address: None for (address,) in moved.tuples()}
    for address, when, act in rows.order_by(Suppression.at, Suppression.id).tuples():
        found[address] = None if act == LIFTED else when
    return found
