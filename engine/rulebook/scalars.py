"""What an unquoted YAML value means: the core of YAML 1.2, with the forms that surprise people refused."""

from __future__ import annotations

import re
from decimal import Decimal

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
FRACTION = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,9}")
THOUSANDS = re.compile(r"(?<![\d,])(?<!\d\.)[1-9]\d{0,2}(,\d{3})+(?![\d,])", re.ASCII)
DECIMALS = re.compile(r"\d+,\d{1,2}( ?[A-Za-z]{3})?", re.ASCII)
SURPRISING = re.compile(r"[-+]?0[0-9]+|0[xob][0-9a-fA-F]+", re.ASCII)


def meaning(text: str) -> str | int | Decimal | bool | None:
    """Returns the value of an unquoted text: nothing, true or false, a number, else the text itself."""
    if text in NOTHING:
        return None
    if text in TRUTHS:
        return TRUTHS[text]
    if WHOLE.fullmatch(text):
        return int(text)
    if FRACTION.fullmatch(text):
        return Decimal(text)
    return text


def surprise(text: str) -> str | None:
    """Says what to write instead of a number that people and YAML read differently, as 010; None if it is plain."""
    if not SURPRISING.fullmatch(text):
        return None
    return f'people and programs read {text} as different numbers; write "{text}" in quotes if it is a code'


def without_commas(text: str) -> str:
    """Writes numbers with commas as the language takes them: 2,000 PLN as 2000 PLN, and 49,90 as 49.90."""
    if DECIMALS.fullmatch(text):
        return text.replace(",", ".")
    return THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
