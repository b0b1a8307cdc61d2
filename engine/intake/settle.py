"""Settles an order: a pure function of the set of its versions and refunds, whatever the order of their arrival.

The newest version by (updated_at, rank of its status, arrival) says what the order is; this file says what its history
makes of it: when it was shipped, delivered and cancelled, what came back, and from when it counts as never having been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from engine.intake.shapes import RANK

UNDONE = ("cancelled", "failed")
When = tuple[int | None, int | None]  # at, and when that was learned


class Version(NamedTuple):
    """One version of an order, with the moments that it names; `number` counts arrivals."""

    updated_at: int
    status: str
    shipped_at: int | None
    delivered_at: int | None
    cancelled_at: int | None
    recorded_at: int
    number: int

    @property
    def age(self) -> tuple[int, int, int]:
        """Returns what versions are ordered by, the newest being the greatest."""
        return self.updated_at, RANK[self.status], self.number


class Piece(NamedTuple):
    """A line as settling sees it."""

    quantity: int
    price_minor: int


class GivenBack(NamedTuple):
    """A refund as settling sees it; `amount_minor` is what the shop said, None where it did not."""

    external_id: str
    at: int
    recorded_at: int
    whole: bool
    amount_minor: int | None
    lines: Mapping[str, int]


class Settled(NamedTuple):
    """What an order has come to: of each line the pieces refunded and when it went void; of each refund its amount."""

    shipped: When
    delivered: When
    cancelled: When
    void: When
    lines: Mapping[str, tuple[int, int | None, int | None]]
    amounts: Mapping[str, int]


NEVER: When = (None, None)
MOMENT: dict[str, Callable[[Version], int | None]] = {
    status: attrgetter(f"{status}_at") for status in ("shipped", "delivered")
}


def settle(
    versions: Sequence[Version], pieces: Mapping[str, Piece], total_minor: int, refunds: Sequence[GivenBack]
) -> Settled:
    """Returns what the versions and refunds make of an order with these pieces and this total."""
    ordered = sorted(versions, key=lambda version: version.age)
    cancelled = _cancelled(ordered)
    if not refunds:
        void = cancelled
        lines = dict.fromkeys(pieces, (0, *void))
        return Settled(
            _reached(ordered, "shipped"), _reached(ordered, "delivered"), cancelled, void, lines, {}
        )
    given = sorted(refunds, key=lambda refund: (refund.at, refund.external_id))
    amounts = _amounts(given, pieces, total_minor)
    void = _earliest(cancelled, _all_back(given, pieces, amounts, total_minor))
    lines = {product: _line(product, piece, given, void) for product, piece in pieces.items()}
    return Settled(
        _reached(ordered, "shipped"), _reached(ordered, "delivered"), cancelled, void, lines, amounts
    )


def newest(versions: Sequence[Version]) -> Version:
    """Returns the version whose content the order has."""
    return max(versions, key=lambda version: version.age)


def _reached(ordered: Sequence[Version], status: str) -> When:
    """When it was shipped or delivered: as the newest version that names it says, else when one first said so."""
    moment = MOMENT[status]
    explicit = [moment(version) for version in ordered if moment(version) is not None]
    if explicit:
        return explicit[-1], min(
            version.recorded_at for version in ordered if moment(version) == explicit[-1]
        )
    first = [version for version in ordered if version.status == status]
    return (first[0].updated_at, min(version.recorded_at for version in first)) if first else NEVER


def _cancelled(ordered: Sequence[Version]) -> When:
    """When it was cancelled, while the newest version says so: the newest unbroken run of such versions tells."""
    run: list[Version] = []
    for version in reversed(ordered):
        if version.status not in UNDONE:
            break
        run.append(version)
    if not run:
        return NEVER
    explicit = [version.cancelled_at for version in run if version.cancelled_at is not None]
    return explicit[0] if explicit else run[-1].updated_at, min(version.recorded_at for version in run)


def _amounts(given: Sequence[GivenBack], pieces: Mapping[str, Piece], total_minor: int) -> dict[str, int]:
    """What each refund comes to: as said, else by its lines' prices, else (the whole order) what is left."""
    amounts: dict[str, int] = {}
    for refund in given:
        if refund.amount_minor is not None:
            amount = refund.amount_minor
        elif refund.whole:
            amount = max(0, total_minor - sum(amounts.values()))
        else:
            amount = sum(
                pieces[p].price_minor * min(n, pieces[p].quantity)
                for p, n in refund.lines.items()
                if p in pieces
            )
        amounts[refund.external_id] = amount
    return amounts


def _all_back(
    given: Sequence[GivenBack], pieces: Mapping[str, Piece], amounts: Mapping[str, int], total_minor: int
) -> When:
    """When everything was refunded: said so, all pieces back, or the whole total paid back."""
    paid_back, learned_at = 0, 0
    back: dict[str, int] = {}
    for refund in given:
        paid_back += amounts[refund.external_id]
        learned_at = max(learned_at, refund.recorded_at)
        for product, quantity in refund.lines.items():
            back[product] = back.get(product, 0) + quantity
        everything = pieces and all(
            back.get(product, 0) >= piece.quantity for product, piece in pieces.items()
        )
        if refund.whole or everything or (total_minor > 0 and paid_back >= total_minor):
            return refund.at, refund.recorded_at if refund.whole else learned_at
    return NEVER


def _line(
    product: str, piece: Piece, given: Sequence[GivenBack], void: When
) -> tuple[int, int | None, int | None]:
    """How many pieces of a product came back, and since when its line counts as never having been."""
    back, learned_at = 0, 0
    own: When = NEVER
    for refund in given:
        quantity = piece.quantity if refund.whole else refund.lines.get(product, 0)
        if quantity:
            back, learned_at = back + quantity, max(learned_at, refund.recorded_at)
        if own[0] is None and back >= piece.quantity:
            own = refund.at, learned_at
    at, learned = _earliest(void, own)
    return min(back, piece.quantity), at, learned


def _earliest(one: When, other: When) -> When:
    known = [(when[0], when[1]) for when in (one, other) if when[0] is not None and when[1] is not None]
    return min(known) if known else NEVER
