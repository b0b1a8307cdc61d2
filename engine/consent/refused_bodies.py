"""Whom a message of a shop system names, however the system writes it: read closely, for what names another is another's."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

PEOPLE = ("customer", "client", "buyer", "user")  # what systems call whoever buys
WRAPPED = ("data", "object")  # in which some put the whole of what they tell


def names_somebody(topic: str, body: str, external_id: str | None, emails: Collection[str]) -> bool:
    """Says whether a message as it came holds one of the addresses, or calls a customer by the shop's id.

    An id is believed where a customer stands: `7` is as well a quantity, and the number of somebody else's order.
    """
    if any(_holds(body, email) for email in emails):
        return True
    if external_id is None:
        return False
    try:
        return _calls(json.loads(body), external_id, _is_person(topic))
    except ValueError:  # it was too long to be kept whole
        return f'"{external_id}"' in body or re.search(rf'id": ?{re.escape(external_id)},', body) is not None


def _holds(body: str, email: str) -> bool:
    """An address is no part of a longer one."""
    return re.search(rf"(?<![\w.+%-]){re.escape(email)}(?![\w-]|\.\w)", body, re.IGNORECASE) is not None


def _is_person(word: str) -> bool:
    return any(name in word.lower() for name in PEOPLE)


def _calls(told: Any, external_id: str, of_person: bool) -> bool:
    if isinstance(told, list):
        return any(_calls(each, external_id, of_person) for each in told)
    if not isinstance(told, dict):
        return of_person and str(told) == external_id
    return any(
        _calls(each, external_id, _is_person(key) or (of_person and (key == "id" or key in WRAPPED)))
        for key, each in told.items()
    )
