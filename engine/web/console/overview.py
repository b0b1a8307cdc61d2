"""/ : today and the last thirty days, why things were not sent, what goes next, and what needs attention."""

from __future__ import annotations

from flask import render_template

from engine.reports.chart import bar_chart
from engine.reports.numbers import numbers, reasons, sent_by_day, waiting_now
from engine.reports.rulebook import published
from engine.reports.sentences import reason_words
from engine.reports.stretch import last_days
from engine.reports.troubles import troubles
from engine.reports.upcoming import upcoming
from engine.web.app import served
from engine.web.console.room import room, shop, shop_id, voice

DAYS = 30


@room.get("/")
def overview() -> str:
    """Shows how the shop's mail fares."""
    now, here = voice().now, shop_id()
    today, month = last_days(now, 1, shop().timezone), last_days(now, DAYS, shop().timezone)
    return render_template(
        "console/overview.html", page="overview", days=month.days, waiting=waiting_now(here),
        today=numbers(here, today), month=numbers(here, month), reasons=reasons(here, month),
        chart=bar_chart(sent_by_day(here, month), DAYS), troubles=troubles(here, now, served().config),
        coming=upcoming(here, shop(), published(served().config), now),
        why=lambda row: reason_words(row.reason, getattr(row, "because_of", None), voice()),
    )  # fmt: skip
