"""The shapes of what a shop may send: strict, every unknown key refused, the source of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from engine.config_consent import RESERVED
from engine.intake.reading import (
    ONE_LINE,
    Amount,
    Birthday,
    Category,
    Country,
    Currency,
    Email,
    Id,
    Ip,
    Language,
    Link,
    Moment,
    MomentOfKind,
    Name,
    Quantity,
    Scalar,
    Word,
    Zone,
    did_you_mean,
    reading_of,
    refuse,
    text,
)  # fmt: skip

Status = Literal["pending", "paid", "shipped", "delivered", "cancelled", "failed"]
RANK = {"pending": 0, "paid": 1, "shipped": 2, "delivered": 3, "cancelled": 4, "failed": 5}
Kind = Literal[
    "viewed", "added_to_cart", "searched", "asked", "answered_question", "reviewed", "answered", "complained",
    "complaint_closed", "earned_points", "points_expire", "reached_tier", "event",
]  # fmt: skip
Tags = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64, pattern=ONE_LINE)]], Field(max_length=100)
]
VisitorId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,64}$")]  # of a browser, made by /js/regulars.js
Attributes = Annotated[dict[Id, Scalar], Field(max_length=100)]


class Shape(BaseModel):
    """Refuses wrong types and keys that it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


# What the API's lists say beside what the shop said: whoever sends an item back as it was read need not take it out.
Kept = Annotated[
    Any, WithJsonSchema({"readOnly": True, "description": "what the server says of it; ignored"})
]


class Consent(Shape):
    """What the customer said about one purpose, as part of a customer, and what shows that they did."""

    granted: bool
    at: Moment | None = None
    source: Word | None = None
    wording: Annotated[str, Field(max_length=5000)] | None = None
    version: Word | None = None
    basis: Literal["explicit", "soft_opt_in"] | None = None
    opt_out_offered: bool | None = None
    ip: Ip | None = None
    proof: Annotated[str, text(500)] | None = None
    confirmed_at: Moment | None = None


class CustomerIn(Shape):
    """A customer of the shop, or a guest who is known by address alone."""

    id: Id | None = None
    email: Email | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    gender: Literal["female", "male", "other"] | None = None
    birthday: Birthday | None = None
    phone: Annotated[str, text(32)] | None = None
    city: Name | None = None
    region: Name | None = None
    country: Country | None = None
    language: Language | None = None
    timezone: Zone | None = None
    tags: Tags | None = None
    attributes: Attributes | None = None
    consent: dict[str, Consent] = Field(default_factory=dict)
    source: Word | None = None
    signed_up_at: Moment | None = None
    updated_at: Moment | None = None
    kept: Kept = None

    @model_validator(mode="after")
    def _somebody(self) -> CustomerIn:
        if not self.id and not self.email:
            raise refuse("a customer needs an id or an email")
        return self

    @field_validator("consent")
    @classmethod
    def _known_purposes(cls, value: dict[str, Consent], info: ValidationInfo) -> dict[str, Consent]:
        for purpose in value:
            known_purpose(purpose, info)
        return value


class LineIn(Shape):
    """So many pieces of one product."""

    product: Id
    name: Name | None = None
    category: Category | None = None
    brand: Name | None = None
    quantity: Quantity = 1
    price: Amount
    url: Link | None = None
    image: Link | None = None


class OrderIn(Shape):
    """One version of an order."""

    id: Id
    placed_at: Moment
    updated_at: Moment | None = None
    status: Status = "paid"
    currency: Currency | None = None
    total: Amount | None = None
    coupon: Word | None = None
    channel: Word | None = None
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None
    cancelled_at: Moment | None = None
    visitor: VisitorId | None = None
    customer: CustomerIn
    lines: list[LineIn] = Field(default_factory=list)
    kept: Kept = None

    @field_validator("lines")
    @classmethod
    def _not_too_many(cls, value: list[LineIn], info: ValidationInfo) -> list[LineIn]:
        if len(value) > reading_of(info).lines:
            raise refuse(
                f"an order has at most {reading_of(info).lines} lines here; this one has {len(value)}"
            )
        return value

    @model_validator(mode="after")
    def _something(self) -> OrderIn:
        if not self.lines and self.total is None:
            raise refuse("an order needs lines or a total")
        return self


class ProductIn(Shape):
    """Something that the shop sells."""

    id: Id
    name: Name | None = None
    category: Category | None = None
    brand: Name | None = None
    price: Amount | None = None
    currency: Currency | None = None
    stock: Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)] | None = None
    lasts_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    url: Link | None = None
    image: Link | None = None
    updated_at: Moment | None = None
    kept: Kept = None


class Who(Shape):
    """Names a customer by the shop's id or by address, of both the id first; a bare text is an address if it has an @."""

    id: Id | None = None
    email: Email | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"email" if "@" in value else "id": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _somebody(self) -> Who:
        if self.id is None and self.email is None:
            raise refuse("name the customer by id or by email")
        return self


class ConsentIn(Consent):
    """A line of the consent ledger."""

    customer: Who
    purpose: str
    kept: Kept = None

    @field_validator("purpose")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        return known_purpose(value, info)


class EventIn(Shape):
    """Anything else that happened to a customer."""

    id: Id | None = None
    kind: Kind = "event"
    name: Id | None = None
    customer: Who
    at: MomentOfKind | None = None
    product: Id | None = None
    category: Category | None = None
    brand: Name | None = None
    price: Amount | None = None
    currency: Currency | None = None
    quantity: Quantity | None = None
    order: Id | None = None
    topic: Annotated[str, text(128)] | None = None
    complaint: Id | None = None
    properties: Attributes = Field(default_factory=dict)
    kept: Kept = None

    @model_validator(mode="before")
    @classmethod
    def _kind_by_name(cls, value: object) -> object:
        """Takes `name: viewed` for the kind of that name, which is what it surely means."""
        if isinstance(value, dict) and "kind" not in value and value.get("name") in get_args(Kind):
            return {**{key: said for key, said in value.items() if key != "name"}, "kind": value["name"]}
        return value

    @model_validator(mode="after")
    def _complete(self) -> EventIn:
        if (self.kind == "event") != (self.name is not None):
            raise refuse("an event of kind 'event' needs a name, and no other has one")
        if self.kind == "complaint_closed" and not self.complaint:
            raise refuse("complaint_closed needs `complaint`, the id of what was complained")
        return self


class RefundLineIn(Shape):
    """So many pieces of one product came back."""

    product: Id
    quantity: Quantity = 1


class RefundIn(Shape):
    """Money given back: an amount, lines, both, or neither for the whole order."""

    id: Id
    order: Id
    at: Moment | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    lines: Annotated[list[RefundLineIn], Field(max_length=1000)] | None = None
    kept: Kept = None


def known_purpose(purpose: str, info: ValidationInfo) -> str:
    """Returns the purpose, or refuses it with the nearest known one; an objection to profiling is told like one."""
    known = reading_of(info).purposes
    if purpose not in known and purpose != RESERVED:
        raise refuse(
            f"unknown purpose {purpose[:64]!r}{did_you_mean(purpose, known)} (known: {', '.join(known)})"
        )
    return purpose
