"""What a template may do to a value: money, dates, numbers and words in the mail's language, and little else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from engine.errors import TemplateFault

LINKS = ("https://", "http://", "mailto:", "#")
MOST_TEXT = 10_000  # characters that a filter takes or makes: what keeps one mail from eating the machine
# How readers of a language write a neighbour's money, where CLDR only has its code.
SYMBOLS = {
    ("PLN", "uk"): "zł",
    ("PLN", "ru"): "zł",
    ("UAH", "pl"): "₴",
    ("CZK", "uk"): "Kč",
    ("CZK", "ru"): "Kč",
}
FORMS = {1: ("other",), 2: ("one", "other"), 3: ("one", "few", "many")}


def _language(context: Context) -> str:
    return str(context.get("language") or "en")


def bounded(value: Any) -> Any:
    """Returns the value unless it is a text that is too long; raises TemplateFault then."""
    if isinstance(value, str) and len(value) > MOST_TEXT:
        raise TemplateFault(
            f"a text of {len(value)} characters is too long for a filter", remedy="shorten it"
        )
    return value


@lru_cache(maxsize=8192)
def _currency(amount: Decimal, currency: str, language: str) -> str:
    symbol = SYMBOLS.get((currency, language))
    if language == "en" and symbol is None and get_currency_symbol(currency, "en").isalpha():
        return str(format_currency(amount, currency, "¤\xa0#,##0.00", locale="en", currency_digits=True))
    written = str(format_currency(amount, currency, locale=language))
    return written.replace(currency, symbol) if symbol else written


@pass_context
def money(context: Context, amount: Any, currency: str | None = None) -> str:
    """Writes an amount with its currency as people of the language write it; the shop's currency by default."""
    exact = amount if type(amount) is Decimal else Decimal(str(amount))
    return _currency(exact, str(currency or context["shop"]["currency"]), _language(context))


@lru_cache(maxsize=8192)
def _date(day: date, style: str, language: str) -> str:
    return str(format_date(day, style, locale=language))


@pass_context
def date_(context: Context, value: date, style: str = "long") -> str:
    """Writes a date in the style short, medium, long or full."""
    _one_of(style, ("short", "medium", "long", "full"))
    return _date(value.date() if isinstance(value, datetime) else value, style, _language(context))


@pass_context
def time_(context: Context, value: datetime) -> str:
    """Writes a clock time without seconds."""
    return str(format_time(value.time(), "short", locale=_language(context)))


@pass_context
def number(context: Context, value: Any) -> str:
    """Writes a number with the language's separators."""
    return str(format_decimal(Decimal(str(value)), locale=_language(context)))


@pass_context
def plural(context: Context, count: Any, *forms: str) -> str:
    """Chooses the word that goes with a count: two forms (one, many) or three (one, few, many)."""
    if len(forms) not in (2, 3):
        raise TemplateFault(
            "plural takes two or three forms", remedy='write {{ n|plural("one", "few", "many") }}'
        )
    category = Locale.parse(_language(context)).plural_form(int(count))
    names = FORMS[len(forms)]
    return forms[names.index(category)] if category in names else forms[-1]


@pass_context
def paragraphs(context: Context, text: str | None) -> str:
    """Turns plain text into paragraphs: an empty line parts them, a single line break stays one."""
    blocks = [block.strip() for block in bounded(str(text or "")).replace("\r\n", "\n").split("\n\n")]
    if not context.eval_ctx.autoescape:
        return "\n\n".join(block for block in blocks if block)
    lines = (Markup("<br />").join(escape(line) for line in block.split("\n")) for block in blocks if block)
    return Markup("").join(Markup("<p>{}</p>").format(line) for line in lines)


def _one_of(word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise TemplateFault(f"unknown style {word!r}", remedy=f"known: {', '.join(known)}")


def default(value: Any, other: Any = "", *_: Any) -> Any:
    """Stands in for what is missing, empty or unknown."""
    return other if isinstance(value, Undefined) or value is None or value == "" else value


def join(values: Any, between: str = "") -> Any:
    """Joins the texts of a list."""
    parts = ["" if part is None else part for part in values]
    if sum(len(str(part)) + len(between) for part in parts) > MOST_TEXT:
        raise TemplateFault("the joined text is too long", remedy="join fewer")
    return (
        escape(between).join(parts)
        if any(isinstance(p, Markup) for p in parts)
        else between.join(map(str, parts))
    )


def replace(text: Any, old: str, new: str) -> str:
    """Replaces every `old` of a short text."""
    whole = str(bounded(text))
    if not old or len(whole) + whole.count(old) * len(new) > MOST_TEXT:
        raise TemplateFault("replace would make a text that is too long", remedy="replace less")
    return whole.replace(old, new)


def pluck(values: Any, attribute: str) -> list[Any]:
    """Takes one field of every item: products|map("name")."""
    return [value.get(attribute) if isinstance(value, Mapping) else None for value in values]


def sort(values: Any, attribute: str | None = None, reverse: bool = False) -> list[Any]:
    """Sorts a list by its values, or by a field; what has none comes last."""

    def key(value: Any) -> tuple[bool, Any]:
        field = value.get(attribute) if attribute and isinstance(value, Mapping) else value
        return field is None, "" if field is None else field

    return sorted(values, key=key, reverse=bool(reverse))


def round_(value: Any, digits: int = 0) -> Decimal | int:
    """Rounds half up, as people do with money."""
    from decimal import ROUND_HALF_UP

    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-max(0, min(int(digits), 6))), ROUND_HALF_UP)
    return int(exact) if digits == 0 else exact


def truncate(text: Any, length: int = 80) -> str:
    """Shortens a text at a word's end and marks the cut."""
    whole = str(bounded(text))
    if len(whole) <= length:
        return whole
    return whole[: max(1, length - 1)].rsplit(" ", 1)[0].rstrip(" ,.;:-") + "…"


def as_link(value: Any) -> Any:
    """Returns an address of the web or of a mailbox; raises TemplateFault for anything else. Set by the compiler."""
    if value and not str(value).lower().startswith(LINKS):
        raise TemplateFault(f"a link that is not http, https or mailto: {str(value)[:60]!r}")
    return value


def _on_text(act: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: act(str(bounded("" if value is None else value)))


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money, "date": date_, "time": time_, "number": number, "plural": plural, "paragraphs": paragraphs,
    "default": default, "join": join, "replace": replace, "map": pluck, "sort": sort, "round": round_,
    "truncate": truncate, "as_link": as_link,
    "capitalize": _on_text(lambda text: text[:1].upper() + text[1:]),
    "upper": _on_text(str.upper), "lower": _on_text(str.lower), "title": _on_text(str.title),
    "trim": _on_text(str.strip),
    "length": lambda values: 0 if values is None else len(values),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "limit": lambda values, count: values[: max(0, int(count))],
    "abs": abs,
    "int": lambda value: int(value),
}  # fmt: skip
