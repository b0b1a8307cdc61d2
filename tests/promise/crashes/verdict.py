"""What the sink counted, held against what was promised."""

from __future__ import annotations

from dataclasses import dataclass

from tests.promise.crashes.home import OFFERS, Home
from tests.promise.crashes.sink import Relay

COPIES = 3  # of a mail about an order that ended unknown, at most


@dataclass(frozen=True)
class Verdict:
    """The count at the end."""

    accepted: int
    mails: int
    repeated: int  # copies of thank-yous beyond the first
    most_copies: int
    identities: int  # Message-IDs of the copies of one thank-you, at most
    lost: list[str]  # accepted orders without a thank-you
    given_up: int  # orders whose thank-you ended unknown three times, and none of them came
    twice: list[tuple[str, str]]  # offers of which a second copy came
    missing: int  # offers that neither came nor are shown as unknown
    unknown: int  # offers

    def figures(self) -> dict[str, int]:
        """Returns the columns of the table."""
        return {
            "orders_accepted": self.accepted, "mails_at_the_sink": self.mails, "order_mails_lost": len(self.lost),
            "order_mails_given_up": self.given_up, "order_mails_repeated": self.repeated,
            "offers_that_came_twice": len(self.twice), "offers_unknown": self.unknown,
        }  # fmt: skip

    def demand(self) -> None:
        """Fails where the promise is broken."""
        assert self.lost == [], "accepted orders without a thank-you"
        assert self.twice == [], "offers that came twice"
        assert self.most_copies <= COPIES
        assert self.identities == 1, "a copy with a Message-ID of its own"
        assert self.missing == 0, "offers that never came, though nothing says that their fate is unknown"


def verdict(home: Home, relay: Relay) -> Verdict:
    """Counts at the sink, once every mail has come to its end."""
    thanks, offers = relay.thank_yous(), relay.offers()
    states = home.states("marketing")
    unknown = sum(state == "unknown" for _, state, _ in states)
    given_up = home.given_up() - set(thanks)
    came = sum(
        offers[subject, f"c{number}@example.com"] >= 1 for subject in OFFERS for number in home.accepted
    )
    sent = sum(state == "sent" for _, state, _ in states)
    wanted = len(OFFERS) * len(home.accepted)
    return Verdict(
        accepted=len(home.accepted),
        mails=len(relay.copies),
        repeated=sum(thanks.values()) - len(thanks),
        most_copies=max(thanks.values(), default=0),
        identities=relay.identities(),
        lost=sorted(home.accepted - set(thanks) - given_up),
        given_up=len(given_up),
        twice=[which for which, copies in offers.items() if copies > 1],
        missing=max(0, wanted - sent - unknown) + max(0, sent - came),
        unknown=unknown,
    )
