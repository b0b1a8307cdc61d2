"""What the policy is asked and what it answers, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.consent.standing import Wish

Outcome = Literal["send", "hold", "refuse", "expire"]

# RULES.md's precedence: the first that applies is the reason.
REFUSALS = ("cancelled", "no_longer_matches", "once", "no_address", "suppressed", "no_consent", "house_rule")
HOLDS = ("house_rule", "on_pause", "closed_day", "quiet_hours")
REASONS = (
    *REFUSALS,
    "on_pause",
    "closed_day",
    "quiet_hours",
    "grouped",
    "capped",
    "holdout",
    "expired",
    "template_error",
    "policy_error",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rule, one customer, one anchor, asked at this minute; what the store knows of it stands beside it."""

    rule: str
    customer_id: int
    anchor: str  # identity: kind, source; unique with rule and customer
    purpose: str
    priority: int
    anchor_at: int
    due_at: int
    expires_at: int  # that instant included
    when_capped: Literal["hold", "drop"] = "hold"
    at: int | None = None  # minutes after local midnight
    held: bool = False  # was held before
    held_for: str | None = None  # the reason of its latest hold
    held_until_at: int | None = None  # until when that hold was
    cancelled: bool = False  # its anchor counts as never having happened (or its rule was removed)
    cancelled_by: str | None = None  # which of these, in a word of matching.gone
    matches: bool = True  # `unless` and `who` still say yes (asked again for a held one)
    once_refuses: bool = False  # a message of this rule forbids it
    held_out: bool = False  # by the rule's holdout or the control group
    values: Mapping[str, Any] = field(
        default_factory=dict
    )  # what the decision saw: for the record and the template
    of_a_sale: bool = False  # begun by goods that were bought: what a soft opt-in is for

    @property
    def transactional(self) -> bool:
        """Tells mails about the order itself from the rest."""
        return self.purpose == "transactional"

    @property
    def key(self) -> tuple[str, int, str]:
        """What a final decision is unique by."""
        return self.rule, self.customer_id, self.anchor


@dataclass(frozen=True, slots=True)
class Counted:
    """One message that counts against caps: sent, unknown, or decided to be sent, for the address."""

    at: int  # the moment from which it counts
    purpose: str
    rule: str


@dataclass(frozen=True, slots=True)
class Situation:
    """One customer at this minute with all candidates, and what the policy may know."""

    customer_id: int
    zone: str
    country: str  # whose holidays count
    candidates: tuple[Candidate, ...]
    address: str | None = None  # normalised; customers who share it share their caps
    suppressed: bool = False
    consents: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()  # rules whose mails the customer wants no more
    counted: tuple[Counted, ...] = ()  # of the address, within the longest window, transactional left out
    # truth of each part of a house rule that the store answers, by (house rule's index, leaf's index); None is unknown
    leaves: Mapping[tuple[int, int], bool | None] = field(default_factory=dict)
    soft: frozenset[str] = frozenset()  # purposes that may be used for goods like those that were bought
    paused_until_at: int | None = None  # until when the customer wants no mail
    wish: Wish | None = None  # the customer's own cap


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one candidate now, and why."""

    candidate: Candidate
    outcome: Outcome
    reason: str | None = None  # None only for `send`
    until_at: int | None = None  # holds: when to ask again at the latest; None: when a fact is learned
    because_of: str | None = None  # the house rule, group or cap as written, or what cancelled it
    taken_by: str | None = None  # the rule of this same minute that took the last place
