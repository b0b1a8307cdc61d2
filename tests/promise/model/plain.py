"""What must hold, kept in plain dictionaries beside the real thing: whom mails may reach, and how often."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from engine.clock import DAY, HOUR

CAPS = ((1, DAY), (3, 7 * DAY))
LATE = HOUR


@dataclass
class Order:
    """One accepted order."""

    who: str
    placed_at: int
    cancelled: bool = False


@dataclass
class Arrival:
    """A mail that a customer got."""

    who: str
    message: str
    rule: str
    orders: frozenset[int]
    decided_at: int
    at: int

    @property
    def counted_at(self) -> int:
        """Returns from when caps count it: the decision, or the hand-over where that came more than an hour later."""
        return self.at if self.at - self.decided_at > LATE else self.decided_at


@dataclass
class Plain:
    """The shop as a child would tell it."""

    orders: dict[int, Order] = field(default_factory=dict)
    agreed: dict[str, bool] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # erased, or their mailbox does not exist
    copies: Counter[str] = field(default_factory=Counter)
    offers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # when, by whom
    thanked: Counter[int] = field(default_factory=Counter)
    messages: dict[tuple[str, int], str] = field(default_factory=dict)  # of (rule, order): one, ever

    def known(self) -> list[str]:
        """Lists the customers who can do something."""
        return sorted(set(self.agreed) - self.gone)

    def arrived(self, mail: Arrival) -> None:
        """Holds a mail against what may be; raises AssertionError where it may not."""
        self.copies[mail.message] += 1
        assert mail.who not in self.gone, f"a mail to {mail.who}, who is gone"
        assert not all(self.orders[number].cancelled for number in mail.orders), (
            f"a mail about {mail.orders}, cancelled"
        )
        for number in mail.orders:
            first = self.messages.setdefault((mail.rule, number), mail.message)
            assert first == mail.message, f"{mail.rule} of order {number} was decided twice"
        if mail.rule == "thank-you":
            self.thanked.update(mail.orders)
            return
        assert self.copies[mail.message] == 1, f"{mail.rule} twice to {mail.who}"
        assert self.agreed[mail.who], f"{mail.rule} to {mail.who}, who does not agree"
        self.offers[mail.who].append(mail.counted_at)
        self._capped(mail.who)

    def _capped(self, who: str) -> None:
        for at_most, window in CAPS:
            for end in self.offers[who]:
                held = [at for at in self.offers[who] if end - window < at <= end]
                assert len(held) <= at_most, f"{len(held)} offers to {who} within {window // HOUR} hours"

    def unthanked(self) -> list[int]:
        """Lists the orders whose buyer had no thank-you and should have."""
        return [number for number, order in self.orders.items()
                if not order.cancelled and order.who not in self.gone and not self.thanked[number]]  # fmt: skip
