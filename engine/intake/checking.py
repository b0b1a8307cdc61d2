"""Checks what a shop sent against the shapes: items that can be written, or every problem with its JSON pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from engine.errors import IntakeError
from engine.intake import shapes
from engine.intake.reading import ONE_LINE, Reading, did_you_mean

Problem = tuple[str, str]
T = TypeVar("T", bound=BaseModel)
MOST_PROBLEMS = 100

PATTERNS = {
    ONE_LINE: "must be one line without control characters",
    r"^[A-Z]{3}$": "write a currency's code in capitals, such as PLN",
    r"^[A-Z]{2}$": "write a country's two letters in capitals, such as PL",
    r"^[A-Za-z0-9_-]{22,64}$": "must be a visitor's number, as regulars('visitor') gives it",
    r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$": "write a language such as pl, uk or en",
    r"^(https?://[^\s\x00-\x1f\x7f]+)?$": "write an address that starts with http:// or https://",
}


INNER: dict[tuple[type[BaseModel], str], type[BaseModel]] = {
    (shapes.OrderIn, "customer"): shapes.CustomerIn, (shapes.OrderIn, "lines"): shapes.LineIn,
    (shapes.RefundIn, "lines"): shapes.RefundLineIn, (shapes.EventIn, "customer"): shapes.Who,
    (shapes.ConsentIn, "customer"): shapes.Who,
}  # fmt: skip


class Checker(Generic[T]):
    """Checks one resource; its schema is compiled once for the life of the process."""

    def __init__(self, shape: type[T]) -> None:
        self.shape, self.adapter = shape, TypeAdapter(shape)

    def check(self, raw: Any, reading: Reading, base: str = "") -> tuple[T | None, list[Problem]]:
        """Returns the item, or None and what is wrong with it, pointers starting at `base`."""
        try:
            return self.adapter.validate_python(raw, context=reading), []
        except ValidationError as error:
            spoken = speaking(raw, self.shape)
            if spoken != raw:  # asked only now, so that whoever sends no empty fields does not pay for it
                return self.check(spoken, reading, base)
            found = error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]
            return None, [_explained(one, self.shape, base) for one in found]

    def check_all(self, raws: Sequence[Any], reading: Reading, in_list: bool = True) -> list[T]:
        """Returns all items, or raises IntakeError with every problem of all of them."""
        items: list[T] = []
        problems: list[Problem] = []
        for index, raw in enumerate(raws):
            item, found = self.check(raw, reading, f"/{index}" if in_list else "")
            problems += found
            if item is not None:
                items.append(item)
            if len(problems) >= MOST_PROBLEMS:
                break
        if problems:
            raise IntakeError(
                f"{len(problems)} problem(s): {problems[0][0] or '/'}: {problems[0][1]}", problems
            )
        return items


def speaking(raw: Any, shape: type[BaseModel]) -> Any:
    """Returns what was sent without what says nothing: null and an empty text where a field may be left out.

    An empty text becomes null where the field takes one, for in a customer's or product's own list null erases.
    """
    if isinstance(raw, list):
        # a list in a list is nowhere meant, and one in a thousand others would be too deep to go into
        return [speaking(each, shape) if isinstance(each, dict) else each for each in raw]
    if not isinstance(raw, dict):
        return raw
    said: dict[str, Any] = {}
    for key, value in raw.items():
        field = shape.model_fields.get(key)
        if field is not None and not field.is_required() and value in (None, ""):
            if field.default is None:
                said[key] = None
        else:
            said[key] = speaking(value, INNER[shape, key]) if (shape, key) in INNER else value
    return said


def _explained(error: Mapping[str, Any], shape: type[BaseModel], base: str) -> Problem:
    """Turns one of pydantic's findings into a pointer and a sentence."""
    steps = [str(step) for step in error["loc"] if step != "[key]"]
    pointer = base + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    if error["type"] == "extra_forbidden":
        known = _keys_at(shape, error["loc"][:-1])
        return pointer, f"unknown key {steps[-1][:64]!r}{did_you_mean(steps[-1][:64], known)}"
    if error["type"] == "string_pattern_mismatch":
        return pointer, PATTERNS.get(error["ctx"]["pattern"], error["msg"])
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return pointer, "must be a JSON object"
    if error["type"] == "missing":
        return pointer, f"{steps[-1]!r} is missing"
    return pointer, str(error["msg"]).replace("Input should", "must").replace("valid list", "list")


def _keys_at(shape: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Lists the keys that an object at this place may have."""
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return list(shape.model_fields)
    if "consent" in names:
        return list(shapes.Consent.model_fields)
    return list(INNER.get((shape, names[0]), shape).model_fields)


ORDERS = Checker(shapes.OrderIn)
CUSTOMERS = Checker(shapes.CustomerIn)
PRODUCTS = Checker(shapes.ProductIn)
EVENTS = Checker(shapes.EventIn)
CONSENTS = Checker(shapes.ConsentIn)
REFUNDS = Checker(shapes.RefundIn)
