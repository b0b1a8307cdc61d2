"""Hostile words in every column that holds words, whoever wrote them there: a shop, a visitor, a mail server, a rule.

A column that is new is filled too, unless it stands among CODES: words of ours that no one else can choose.
"""

from __future__ import annotations

from typing import Any

from peewee import CharField, ForeignKeyField, TextField

import models
from models.append_only import allow_changes, refuse_changes
from models.base import Json

SCRIPT = """"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}<svg/onload=alert(3)>"""
TRUNCATED = "<svg/onload=alert(4)>"  # where there is room for no more
CODES = {
    # what config.yaml and the code say
    "shop": {"key", "timezone", "currency", "country", "language"},
    "zone_in_use": {"zone"},
    "rulebook_version": {"digest", "text"}, "publication": {"digest"}, "rule_state": {"rule", "digest", "health", "version"},
    "member": {"segment"}, "message": {"rule", "purpose", "template", "version", "anchors", "variant", "extra", "state", "token"},
    "decision": {"rule", "anchor", "outcome", "values", "version"}, "settlement": {"rule", "anchor", "outcome"},
    "hold": {"rule", "anchor"}, "rule_day": {"rule"}, "user": {"email", "password", "fs_uniquifier", "language"},
    "role": {"name"}, "setting": {"name", "value"}, "act": {"channel"}, "caught": {"raw", "to"},
    # what intake takes only from a list, or in a form that holds no sign of HTML
    "customer": {"zone", "timezone", "language", "country", "birthday", "gender"},
    "customer_version": {"zone", "timezone", "language", "country", "birthday", "gender"},
    "address": {"email"}, "orders": {"currency", "status"}, "order_version": {"currency", "status", "digest"},
    "refund": {"currency"}, "event": {"kind"}, "consent_change": {"purpose"}, "price_day": {"day"},
    "coupon": {"valid_until", "rule"}, "api_key": {"digest"}, "idempotency": {"request"}, "link": {"digest", "url"},
    "visitor": {"key", "tied_by"}, "visit": {"key", "device"},
    "endpoint": {"name", "last_kind", "paused_why"}, "notice": {"endpoint", "number", "kind", "state", "once"},
    "pull": {"place", "owner", "note"}, "cart": {"lines"}, "suppression": {"act"}, "feedback": {"kind", "status", "source"},
}  # fmt: skip


def poison() -> int:
    """Writes hostile words into every row; returns how many columns hold them now."""
    done = 0
    allow_changes(models.database)  # the log as well: a user's name, a rule's id
    for table in models.TABLES:
        fields = [field for field in table._meta.sorted_fields if _open(table, field)]
        for row in table.select():
            for field in fields:
                setattr(row, field.name, _words(field, row, getattr(row, field.name)))
            if fields:
                row.save(only=fields)
        done += len(fields) if table.select().exists() else 0
    refuse_changes(models.database)
    return done


def _open(table: Any, field: Any) -> bool:
    return (
        isinstance(field, CharField | TextField)
        and not isinstance(field, ForeignKeyField)
        and field.column_name not in CODES.get(table._meta.table_name, ())
    )


def _words(field: Any, row: Any, now: Any) -> Any:
    if isinstance(field, Json):
        return (
            [SCRIPT, SCRIPT] if isinstance(now, list) else {SCRIPT: SCRIPT, "rule": SCRIPT, "words": SCRIPT}
        )
    words = f"{SCRIPT}{row.id}"
    if getattr(field, "max_length", None) and field.max_length < len(words):
        words = f"{row.id}{TRUNCATED}"[: field.max_length]
    return words
