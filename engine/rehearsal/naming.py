"""How a rule test names people, moments and amounts, and what stands for them in what a shop would have sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from engine import calendar
from engine.clock import moment
from engine.rehearsal.cases import Given

BEGINNING = 86_400_000_000 * 2  # of time: early enough for any rule, late enough for any zone


def iso(at: int) -> str:
    """Writes an instant as shops do."""
    return moment(at).isoformat()


def amount_of(said: Any) -> tuple[str, str | None]:
    """Takes `50` or `50 EUR` apart; what is no amount is left for the shop's own door to refuse."""
    amount, _, currency = str(said).strip().partition(" ")
    return amount, currency.strip() or None


def name_of(item: Given) -> str | None:
    """Returns whom a fact is about."""
    found = item.keys.get("id" if item.kind == "customer" else "customer")
    return None if found is None else str(found)


def customers_of(given: Iterable[Given]) -> list[str]:
    """Lists everybody whom a test names, in order."""
    names = (name_of(item) for item in given if item.kind != "product")
    return list(dict.fromkeys(name for name in names if name is not None))


def email_of(name: str, said: Any) -> str | None:
    """Returns the address that a test says, or makes one up."""
    if "email" in said:
        return None if said["email"] in (None, "none") else str(said["email"])
    plain = re.sub(r"[^a-z0-9.-]", "", name.lower()).strip(".-")
    if plain != name:  # two names must not share a mailbox because of what an address cannot hold
        plain = f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:12]}".lstrip("-")
    return f"{plain}@example.com"


def born(age: int, at: int, zone: str) -> str:
    """Returns the day of birth of somebody who turned that age the day before, and so keeps it longest."""
    yesterday = calendar.local(at, zone).date() - timedelta(days=1)
    return calendar.yearly(yesterday, yesterday.year - age).isoformat()
