"""The rule language as plain frozen values: what the loader makes and every other station reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from engine.config_testing import shop_of
from engine.errors import Place
from engine.rulebook.terms import NOWHERE as NOWHERE
from engine.rulebook.terms import Between as Between
from engine.rulebook.terms import Compare as Compare
from engine.rulebook.terms import Duration as Duration
from engine.rulebook.terms import FactPattern as FactPattern
from engine.rulebook.terms import Money as Money
from engine.rulebook.terms import OneOf as OneOf
from engine.rulebook.terms import Same as Same
from engine.rulebook.terms import Test as Test
from engine.rulebook.terms import Unknown as Unknown
from engine.rulebook.terms import Value as Value

AT_LEAST_ONE = Compare(">=", 1)
ORDERED = FactPattern("ordered")
WEEK = Duration(7, "days")
# --- triggers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FactTrigger:
    """A fact and a delay. `delay` None is at once; `before` True looks ahead (birthday, anniversary, runs_out)."""

    pattern: FactPattern
    delay: Duration | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """`day at 09:00`, `monday at 10:00`, `month on 5, 15, last at 18:00`, in the customer's zone."""

    period: Literal["day", "week", "month"]
    minutes: int  # after midnight
    weekdays: tuple[int, ...] = ()  # 0 is monday
    days: tuple[int, ...] = ()  # of the month; 0 stands for `last`


@dataclass(frozen=True, slots=True)
class OnDate:
    """Once, at this wall-clock time in the customer's zone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """Entering or leaving a segment."""

    change: Literal["enters", "leaves"]
    segment: str


Trigger: TypeAlias = FactTrigger | Every | OnDate | Membership

# --- who ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the parts must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """At least one of the parts must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold; unknown stays unknown."""

    part: Condition


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field of the customer or `attributes.NAME`; predicted and loyalty ones (rfm, tier, …) are unknown until they come.
    `signed_up` is compared with a date text (YYYY-MM-DD)."""

    field: str
    test: Test
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class HasConsent:
    """The customer has consented to the purpose and not withdrawn."""

    purpose: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class InSegment:
    """The customer is in the named segment."""

    segment: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Measure:
    """A count, sum, average or age over a customer's orders or complaints."""

    name: Literal["orders", "spent", "average_order", "days_since_order", "open_complaints"]
    test: Test
    within: Duration | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class HasFact:
    """So many facts that fit the pattern happened within the window (or ever); `times` defaults to at least one."""

    pattern: FactPattern
    within: Duration | None = None
    times: Test = AT_LEAST_ONE
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class DueIs:
    """House rules only: a candidate of that rule would go now but for caps, groups, quiet hours and closed days."""

    rule: str
    place: Place = NOWHERE


Condition: TypeAlias = All | Any_ | Not | FieldIs | HasConsent | InSegment | Measure | HasFact | DueIs

# --- a rule -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Once:
    """How often a rule may write to one customer. `window` is set for `per WINDOW` only."""

    kind: Literal["anchor", "ever", "window", "product", "order"] = "anchor"
    window: Duration | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What counts as success of a message."""

    pattern: FactPattern = ORDERED
    within: Duration = WEEK


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, complete with its defaults."""

    id: str
    trigger: Trigger
    send: str
    title: str = ""
    note: str = ""
    active: bool = True
    purpose: str = "marketing"
    priority: int = 50
    unless: tuple[FactPattern, ...] = ()
    who: Condition | None = None
    with_: Mapping[str, Any] = field(default_factory=dict)
    at: int | None = None  # minutes after local midnight
    once: Once = Once()
    expires: Duration = WEEK
    when_capped: Literal["hold", "drop"] = "hold"
    goal: Goal = Goal()
    holdout: int = 0  # per cent
    variants: Mapping[str, int] = field(default_factory=dict)
    clicks: bool = False  # whether its mails' links are counted
    shops: tuple[str, ...] = ()  # empty: all
    inactive: bool = False  # written as `inactive: 180 days`
    place: Place = NOWHERE
    digest: str = ""  # of everything that decides whom and when (not title, note, goal, send's words)

    @property
    def transactional(self) -> bool:
        """Tells mails about the order itself from those that need consent."""
        return self.purpose == "transactional"

    def in_shop(self, shop: str) -> bool:
        """Says whether the rule concerns a shop of this server, or its test shop."""
        return not self.shops or shop_of(shop) in self.shops


@dataclass(frozen=True, slots=True)
class Segment:
    """A named condition."""

    name: str
    condition: Condition
    place: Place = NOWHERE


# --- policy -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages in a sliding window of elapsed minutes; with a purpose, of that purpose only."""

    at_most: int
    window_minutes: int
    purpose: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Group:
    """A cap on several rules together."""

    name: str
    rules: tuple[str, ...]
    at_most: int
    window_minutes: int
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class HouseRule:
    """While its `condition` holds, it holds back or refuses the purposes or rules that it names."""

    name: str
    condition: Condition
    action: Literal["hold", "refuse"]
    purposes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    place: Place = NOWHERE

    def concerns(self, rule: str, purpose: str) -> bool:
        """Says whether a candidate is named; transactional mail only by its rule's name."""
        return rule in self.rules or (purpose != "transactional" and purpose in self.purposes)


@dataclass(frozen=True, slots=True)
class Policy:
    """policy.yaml, complete with its defaults; the empty policy lets everything through that has consent."""

    caps: tuple[Cap, ...] = ()
    quiet_hours: tuple[int, int] | None = None  # minutes after midnight: from (quiet) and to (allowed again)
    closed_weekdays: tuple[int, ...] = ()  # 0 is monday
    closed_holidays: bool = False
    groups: tuple[Group, ...] = ()
    house_rules: tuple[HouseRule, ...] = ()
    control_group: int = 0  # per cent
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of the loader or of `check`: where, how grave, what is wrong and what to do."""

    level: Literal["error", "warning"]
    place: Place
    message: str
    rule: str | None = None  # the rule that is broken by it, where it is one rule's

    def __str__(self) -> str:
        return f"{self.place}: {'warning: ' if self.level == 'warning' else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All that a folder of YAML says: usable rules, segments, the policy, and what is wrong with the rest."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    policy: Policy = Policy()
    problems: tuple[Problem, ...] = ()
    broken: tuple[str, ...] = ()  # ids of rules that could not be read
    broken_segments: tuple[str, ...] = ()  # names of segments that cannot be used
    policy_broken: bool = False  # policy.yaml could not be read: `policy` is the empty default
    digest: str = ""
    text: Mapping[str, str] = field(default_factory=dict)  # file name -> its text

    def for_shop(self, shop: str) -> list[Rule]:
        """Lists the active rules of a shop, by id."""
        return [r for _, r in sorted(self.rules.items()) if r.active and r.in_shop(shop)]

    @property
    def errors(self) -> list[Problem]:
        """Lists the findings that keep something from running."""
        return [p for p in self.problems if p.level == "error"]
