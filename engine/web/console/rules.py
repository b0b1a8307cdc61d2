"""/rules: every rule with its health, when it mails and what it did."""

from __future__ import annotations

from flask import render_template

from engine.reports.rulebook import published
from engine.reports.rules import fares
from engine.reports.sentences import reason_words
from engine.reports.stretch import last_days
from engine.reports.when import when_words
from engine.web.app import served
from engine.web.console.room import room, shop, shop_id, voice

DAYS = 30


@room.get("/rules")
def rules() -> str:
    """Lists the rules, the broken first."""
    found = fares(shop_id(), published(served().config), last_days(voice().now, DAYS, shop().timezone))
    return render_template(
        "console/rules.html", page="rules", fares=found, when=lambda rule: when_words(rule, voice()),
        why=lambda row: reason_words(row.reason, None, voice()),
    )  # fmt: skip
