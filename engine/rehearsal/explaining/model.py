"""What an explanation is made of: plain values, in which anchors bear the shop's own names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from engine.consent.standing import NOTHING_SAID, Standing
from engine.policy.counts import Limit
from engine.rulebook.ast import Condition, FactPattern, HouseRule, Rule, Test
from models import Customer

# send, hold, refuse, expire: what the policy decided, or would decide now. no: the conditions say no. unknown: they
# cannot say. later: not due yet. before: it fell due before the rule was in force. off: the rule does not act. late: it
# was learned too late to be worth sending. silent: nobody has written what to say. nothing: the conditions say yes, and
# yet nothing came of it (history). yes: the conditions will say yes, and the policy will be asked then.
VerdictCode = Literal[
    "send",
    "hold",
    "refuse",
    "expire",
    "no",
    "unknown",
    "later",
    "before",
    "off",
    "late",
    "silent",
    "nothing",
    "yes",
]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the fact that a rule waits for."""

    name: str
    test: Test


@dataclass(frozen=True, slots=True)
class Said:
    """The customer's latest word on a purpose, or on one rule's mails."""

    granted: bool
    at: int
    source: str | None = None
    wording: str | None = None
    detail: str | None = None  # a wish's value, or why a grant is not used


@dataclass(frozen=True, slots=True)
class Asked:
    """One part of a rule as it stood: whether it held (None: unknown), the value it saw, and when time alone changes that."""

    what: Condition | FactPattern | Filter
    holds: bool | None
    value: Any = None
    wanted: bool = True  # False for `unless`, which must not hold
    parts: tuple[Asked, ...] = ()
    changes_at: int | None = None  # None: not by itself
    becomes: bool | None = None
    said: Said | None = None  # of a consent
    at: int | None = None  # the moment that was asked about


@dataclass(frozen=True, slots=True)
class Named:
    """A fact as the shop calls it."""

    kind: str
    at: int
    order: str | None = None
    product: str | None = None  # the shop's id
    name: str | None = None  # the product's, the event's, the segment's
    event: str | None = None  # the shop's id of an event
    rule: str | None = None  # of our own mail
    years: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became, or would become, of an anchor."""

    code: VerdictCode
    reason: str | None = None
    at: int | None = None  # when it was decided; None where it has not been
    until_at: int | None = None
    because_of: str | None = None
    taken_by: str | None = None
    version: str | None = None

    @property
    def decided(self) -> bool:
        """Says that this stands in the store, and is not worked out."""
        return self.at is not None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of ours and where it is."""

    id: int
    state: str
    reason: str | None
    subject: str | None
    settled_at: int | None
    not_before_at: int
    message_id: str
    returned: str | None = None  # what came back of it: hard, soft, policy, spam_report


@dataclass(frozen=True, slots=True)
class AnchorAsked:
    """One anchor of a rule: its moments, its conditions as they stood at `asked_at`, and what came of it."""

    key: str
    named: Named
    at: int
    due_at: int
    expires_at: int
    asked_at: int
    matches: bool | None
    unless: tuple[Asked, ...]
    who: Asked | None
    verdict: Verdict
    matches_when_due: bool | None = None  # of one that is not due yet: if nothing else happens
    history: tuple[Verdict, ...] = ()  # every decision so far, the latest first
    mail: Mail | None = None


@dataclass(frozen=True, slots=True)
class NotAnAnchor:
    """A fact of the right kind that does not start the rule, and which filters say so."""

    named: Named
    filters: tuple[Asked, ...]
    taken_back: bool = False  # cancelled or refunded: it counts as never having happened


@dataclass(frozen=True, slots=True)
class RuleAsked:
    """All that is to be said of one rule."""

    rule: Rule
    acts_since: int | None
    paused: bool
    anchors: tuple[AnchorAsked, ...]
    others: tuple[NotAnAnchor, ...]
    who: Asked | None  # by itself, where there is no anchor to ask about
    segment: Asked | None  # the one that the rule waits for
    next_at: int | None  # of `every` and `date`
    born: bool = True  # False: the rule waits for a birthday that nobody knows
    consent: Said | None = None
    stopped: Said | None = None
    held_out: str | None = None  # holdout or control_group


@dataclass(frozen=True, slots=True)
class Counted:
    """A message that a cap counts, and when it leaves the cap's window."""

    at: int
    rule: str
    purpose: str
    leaves_at: int


@dataclass(frozen=True, slots=True)
class CapAsked:
    """One cap or group: what stands in its window, and from when there is room again."""

    limit: Limit
    counted: tuple[Counted, ...]
    opens_at: int | None  # None: there is room

    @property
    def group(self) -> bool:
        """Says that it counts the messages of a group of rules."""
        return self.limit.rules is not None


@dataclass(frozen=True, slots=True)
class HouseAsked:
    """One house rule, and what its `if` says of the customer."""

    rule: HouseRule
    asked: Asked


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the policy knows of the customer's address at the moment."""

    address: str | None
    suppressed_at: int | None
    suppressed_reason: str | None
    consents: dict[str, Said]
    caps: tuple[CapAsked, ...]
    shut: str | None  # closed_day or quiet_hours
    opens_at: int | None
    house_rules: tuple[HouseAsked, ...]
    standing: Standing = NOTHING_SAID  # what all that they have said comes to


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the store does not know of that time: `code` and the moment it is about."""

    code: Literal["erased", "not_known_yet", "fields_since", "decisions_since", "others_between"]
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """One customer at one moment."""

    customer: Customer
    zone: str
    at: int
    now: int
    ledger: Ledger
    rules: tuple[RuleAsked, ...]
    notes: tuple[Note, ...] = ()
