"""The words of the rule language in one table: facts, their filters, customer fields, and what a server adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

# What a filter or field is compared with:
# money "50 EUR" · count 0, 1, 2 · number 4.5 · percent 10% · text · path optics/lenses · date 2026-01-31 ·
# country PL · language pl · currency PLN · rule, purpose, segment: an id that must exist · property: anything
Kind: TypeAlias = Literal[
    "money", "count", "number", "percent", "text", "path", "date",
    "country", "language", "currency", "rule", "purpose", "property",
]  # fmt: skip
ORDERED_KINDS = frozenset(
    {"money", "count", "number", "percent", "date", "property"}
)  # < and ranges make sense


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that config and templates add; None means that any word is taken."""

    purposes: tuple[str, ...] = ("marketing", "newsletter", "transactional")
    templates: tuple[str, ...] | None = None
    shops: tuple[str, ...] | None = None
    currencies: tuple[str, ...] | None = None
    variants: Mapping[str, tuple[str, ...]] | None = None  # template -> the variants that it has files of
    issues: frozenset[str] = (
        frozenset()
    )  # templates that are written issue by issue: without one nobody is mailed


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact: what it can be filtered by, what its anchor is tied to, and how docs describe it."""

    one_for_each: str
    filters: Mapping[str, Kind] = field(default_factory=dict)
    things: frozenset[str] = (
        frozenset()
    )  # of product brand category order: what one such fact has exactly one of
    future: bool = False  # its date is known ahead, so that `before` makes sense
    open: bool = False  # any other filter is a property that the shop reports


ORDER: Mapping[str, Kind] = {
    "total": "money", "number": "count", "currency": "currency", "coupon": "text", "channel": "text",
}  # fmt: skip
GOODS: Mapping[str, Kind] = {
    "product": "text", "category": "path", "brand": "text", "price": "money", "quantity": "count",
}  # fmt: skip
WEB: Mapping[str, Kind] = {**GOODS, "words": "text"}
OFFER: Mapping[str, Kind] = {**GOODS, "percent": "percent"}
TALK: Mapping[str, Kind] = {"topic": "text", "rating": "number", "survey": "text", "score": "number", **GOODS}
CONSENT: Mapping[str, Kind] = {"purpose": "purpose", "source": "text"}
LOYALTY: Mapping[str, Kind] = {"points": "count", "tier": "text"}

PRODUCT = frozenset({"product", "brand", "category"})
BOUGHT = PRODUCT | {"order"}
OF_ORDER = frozenset({"order"})

FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "ordered": Fact("order placed", ORDER, OF_ORDER),
        "bought": Fact("product of an order; lines of one product in one order are one fact", GOODS, BOUGHT),
        "delivered": Fact("order", ORDER, OF_ORDER),
        "cancelled": Fact("order", ORDER, OF_ORDER),
        "refunded": Fact("refund", {"amount": "money", **GOODS}, OF_ORDER),
        "signed_up": Fact("customer first known", {"source": "text"}),
        "consented": Fact("consent given", CONSENT),
        "withdrew": Fact("consent withdrawn", CONSENT),
        "viewed": Fact("product page seen", WEB, PRODUCT),
        "added_to_cart": Fact("product put into the cart", WEB, PRODUCT),
        "searched": Fact("search on the site", WEB),
        "price_dropped": Fact("product the customer viewed, carted or bought in the last 30 days", OFFER, PRODUCT),
        "back_in_stock": Fact("product the customer viewed, carted or bought in the last 30 days", OFFER, PRODUCT),
        "asked": Fact("question of a customer", TALK, BOUGHT),
        "answered_question": Fact("answer of the shop to a question", TALK, BOUGHT),
        "reviewed": Fact("review", TALK, BOUGHT),
        "answered": Fact("answered survey", TALK, BOUGHT),
        "complained": Fact("complaint", TALK, BOUGHT),
        "complaint_closed": Fact("complaint settled", TALK, BOUGHT),
        "was_sent": Fact("message of ours", {"rule": "rule"}),
        "clicked": Fact("message of ours that was clicked", {"rule": "rule"}),
        "earned_points": Fact("credit of points", LOYALTY),
        "points_expire": Fact("day on which points lapse", LOYALTY, future=True),
        "reached_tier": Fact("rise to a tier", LOYALTY),
        "birthday": Fact("year, at midnight in the customer's zone; 29 February on the 28th in other years",
                         {"years": "count"}, future=True),
        "anniversary": Fact("year after the first order, at its clock time", {"years": "count"}, future=True),
        "runs_out": Fact("product, when the customer's supply of it ends", GOODS, PRODUCT, future=True),
        "event": Fact("anything else that a shop reports", {"name": "text"}, BOUGHT, open=True),
    }
)  # fmt: skip

# Customer fields and what is worked out about a customer, as asked in `who`.
FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "gender": "text", "city": "text", "region": "text", "country": "country", "language": "language",
        "age": "count", "tags": "text", "signed_up": "date",
        "rfm": "property", "lifecycle": "text", "clv": "money", "chance_alive": "number",
        "tier": "text", "points": "count",
    }
)  # fmt: skip
NOT_YET_KNOWN = (
    "rfm",
    "lifecycle",
    "clv",
    "chance_alive",
    "tier",
    "points",
)  # nothing fills them: unknown of everybody
ATTRIBUTE = "attributes."


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of orders or complaints: its kind, whether a window makes sense, whether it can be unknown."""

    kind: Kind
    windowed: bool
    can_be_unknown: bool


MEASURES: Mapping[str, Measured] = MappingProxyType(
    {
        "orders": Measured("count", windowed=True, can_be_unknown=False),
        "spent": Measured("money", windowed=True, can_be_unknown=False),
        "average_order": Measured("money", windowed=True, can_be_unknown=True),
        "days_since_order": Measured("count", windowed=False, can_be_unknown=True),
        "open_complaints": Measured("count", windowed=False, can_be_unknown=False),
    }
)

JOINERS = ("all", "any", "not")
SAME = ("product", "brand", "order", "category")
TRIGGERS = ("inactive", "every", "date", "enters", "leaves")  # besides every fact
DELAYS = ("after", "before")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = ("minutes", "hours", "days", "weeks", "months", "years")
ONCE = ("per anchor", "ever", "per 30 days", "per product", "per order")
RULE_KEYS = (
    "rule", "title", "note", "active", "purpose", "priority", "when", "unless", "who", "send", "with", "at", "once",
    "expires", "when_capped", "goal", "holdout", "variants", "clicks", "shops",
)  # fmt: skip
POLICY_KEYS = ("caps", "quiet_hours", "closed", "groups", "house_rules", "control_group")
# What comes round or moves by itself is nobody's deed, so a mail cannot have led to it.
BY_THEMSELVES = frozenset({
    "birthday", "anniversary", "runs_out", "points_expire", "price_dropped", "back_in_stock", "was_sent",
})  # fmt: skip
OFFERS = ("coupon", "recommend", "survey", "points")
NAME_PATTERN = r"[^\W_][\w-]{0,63}"  # of segments, surveys and variants
PLAIN = "plain"  # the template that is always there
