"""The small words of a shop's JSON: moments, amounts, addresses, names, read or refused with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, Any, TypeAlias, cast

from babel.numbers import get_currency_precision
from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine import calendar
from engine.clock import MINUTE, instant, moment
from engine.config import Config, ShopConfig
from engine.config_testing import NOWHERE, is_apart

KNOWN_AHEAD = ("points_expire",)  # kinds of events whose day a shop knows before it comes
LARGEST_AMOUNT = Decimal(10) ** 12
LARGEST_WHOLE = 2**53  # what JSON readers everywhere keep exactly
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader must know of the shop and the moment to judge its words."""

    zone: str
    currency: str
    now: int
    latest: int
    ancient_year: int
    currencies: frozenset[str]
    purposes: tuple[str, ...]
    lines: int


def reading_for(config: Config, shop: ShopConfig, now: int) -> Reading:
    """Prepares to read one request of a shop at `now`."""
    limits = config.limits
    return Reading(
        shop.timezone, shop.currency, now, now + limits.future_minutes * MINUTE, limits.ancient_year,
        config.currencies(), tuple(p for p in config.all_purposes() if p != "transactional"), limits.lines_per_order,
    )  # fmt: skip


def reading_of(info: ValidationInfo) -> Reading:
    """Returns what the checker told the shapes of the shop and the moment."""
    found: Any = info.context
    return cast(Reading, found)


def refuse(detail: str) -> PydanticCustomError:
    """Makes the error that becomes one (pointer, detail); braces are spared from pydantic's own formatting."""
    return PydanticCustomError("refused", "{detail}", {"detail": detail})


def did_you_mean(word: str, known: Any) -> str:
    """Returns `; did you mean 'x'?` for the nearest known word, or nothing."""
    near = get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


@lru_cache(maxsize=4096)
def _instant(text: str, zone: str, ancient_year: int) -> int:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(f"{text[:40]!r} is no ISO 8601 moment, such as 2026-03-01T10:00:00+01:00") from None
    if not ancient_year <= parsed.year < 9999:
        raise refuse(f"{text!r} lies outside the years {ancient_year} to today")
    return instant(parsed) if parsed.tzinfo else calendar.from_local(parsed, zone)


def _moment(value: Any, info: ValidationInfo) -> int:
    at, reading = _any_moment(value, info), reading_of(info)
    if at > reading.latest:
        raise refuse(f"{value!r} lies in the future: it is {moment(reading.now):%Y-%m-%dT%H:%M}Z here")
    return at


def _any_moment(value: Any, info: ValidationInfo) -> int:
    if not isinstance(value, str):
        raise refuse("write an ISO 8601 moment in quotes, such as 2026-03-01T10:00:00+01:00")
    return _instant(value, reading_of(info).zone, reading_of(info).ancient_year)


def _moment_of_kind(value: Any, info: ValidationInfo) -> int:
    """Reads when an event happened, or will happen where its kind is known ahead."""
    return (_any_moment if info.data.get("kind") in KNOWN_AHEAD else _moment)(value, info)


def _amount(value: Any) -> Decimal:
    if isinstance(value, str):
        return _written_amount(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            return _in_bounds(Decimal(str(value)) if isinstance(value, float) else Decimal(value))
        except InvalidOperation:
            pass
    raise refuse('write an amount such as "129.90"')


@lru_cache(maxsize=65536)  # prices come again and again
def _written_amount(text: str) -> Decimal:
    if not AMOUNT.fullmatch(text):
        raise refuse('write an amount such as "129.90"')
    return _in_bounds(Decimal(text))


def _in_bounds(amount: Decimal) -> Decimal:
    if not amount.is_finite() or not -LARGEST_AMOUNT < amount < LARGEST_AMOUNT:
        raise refuse("an amount must be smaller than 1000000000000")
    if amount < 0:
        raise refuse("an amount must not be negative")
    return amount


def _currency(value: str, info: ValidationInfo) -> str:
    known = reading_of(info).currencies
    if value not in known:
        raise refuse(f"no rate is configured for the currency {value!r}; known: {', '.join(sorted(known))}")
    return value


@lru_cache(maxsize=65536)
def mailbox(text: str) -> str:
    """Returns an address as a mailbox is always written: lower case, ASCII domain; raises ValueError with why not."""
    lowered = text.lower()
    if is_apart(lowered):
        raise ValueError(f"addresses that end with {NOWHERE} belong to test mode")
    if (
        PLAIN_ADDRESS.fullmatch(lowered)
        and len(lowered) <= 254
        and lowered.index("@") <= 64
        and "xn--" not in lowered
    ):
        return lowered
    from email_validator import EmailNotValidError, validate_email  # 60 ms to import, and seldom needed

    try:
        found = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if "." not in found.ascii_domain or not found.ascii_email:
        raise ValueError("the domain of an address needs a dot")
    return found.ascii_email.lower()


def _address(value: str) -> str:
    try:
        mailbox(value)
    except ValueError as error:
        raise refuse(f"not an address that can get mail: {str(error)[:200]}") from None
    return value


def _zone(value: str) -> str:
    try:
        calendar.zone(value)
    except ValueError:
        raise refuse(f"unknown time zone {value[:64]!r}; write an IANA name such as Europe/Warsaw") from None
    return value


def _birthday(value: str, info: ValidationInfo) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise refuse(f"{value[:20]!r} is no day such as 1990-04-12") from None
    if not day.year >= 1900 or day > moment(reading_of(info).now).date():
        raise refuse(f"nobody was born on {value}")
    return day.isoformat()


@lru_cache(maxsize=16384)
def _category(value: str) -> str:
    parts = [part.strip() for part in value.strip().strip("/").split("/")]
    if value and not all(parts):
        raise refuse(f"{value[:80]!r} is no path of categories, such as optics/contact-lenses")
    return "/".join(parts)


def _scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, str) and len(value) <= 1000:
        return value
    if (
        value is None
        or isinstance(value, bool)
        or (isinstance(value, (int, float)) and abs(value) < LARGEST_WHOLE)
    ):
        return value
    raise refuse("write a text of at most 1000 characters, a number smaller than 2^53, true, false or null")


@lru_cache(maxsize=512)
def precision(currency: str) -> int:
    """Returns how many decimals a currency has: 2 for PLN, 0 for JPY (from CLDR)."""
    return int(get_currency_precision(currency))


@lru_cache(maxsize=65536)
@lru_cache(maxsize=65536)
def minor(amount: Decimal, currency: str) -> int:
    """Turns an amount into whole minor units, rounding half up."""
    return int(amount.scaleb(precision(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def text(length: int, **extra: Any) -> Any:
    """A one-line text of at most so many characters."""
    return Field(max_length=length, pattern=ONE_LINE, **extra)


def _ip(value: Any) -> str:
    if value == "":
        return ""
    try:
        return str(ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        raise refuse("write the address of the request as 203.0.113.7 or 2001:db8::7") from None


Moment: TypeAlias = Annotated[
    int, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
MomentOfKind: TypeAlias = Annotated[
    int, PlainValidator(_moment_of_kind), WithJsonSchema({"type": "string", "format": "date-time"})
]
Amount: TypeAlias = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?$"}, {"type": "number", "minimum": 0}]}
    ),
]
Currency: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
Ip: TypeAlias = Annotated[str, PlainValidator(_ip), WithJsonSchema({"type": "string", "maxLength": 45})]
Id: TypeAlias = Annotated[str, text(128, min_length=1)]
Word: TypeAlias = Annotated[str, text(64)]
Name: TypeAlias = Annotated[str, text(255)]
Email: TypeAlias = Annotated[
    str,
    text(320, min_length=3),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email"}),
]
Country: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Language: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$", max_length=8)]
Zone: TypeAlias = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
Birthday: TypeAlias = Annotated[
    str, AfterValidator(_birthday), WithJsonSchema({"type": "string", "format": "date"})
]
Category: TypeAlias = Annotated[str, text(255), AfterValidator(_category)]
Link: TypeAlias = Annotated[str, Field(max_length=2000, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$")]
Quantity: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Scalar: TypeAlias = Annotated[
    Any, PlainValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
