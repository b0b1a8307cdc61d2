"""/forecast: what the coming days are going to bring if no customer does anything, as it was worked out last."""

from __future__ import annotations

from flask import render_template

from engine.rehearsal.forecast.kept import by_rule, kept
from engine.reports.chart import bar_chart
from engine.web.console.room import room, shop_id


@room.get("/forecast")
def forecast() -> str:
    """Shows the forecast that was kept last; how to make one where there is none."""
    found = kept(shop_id())
    if found is None:
        return render_template("console/forecast.html", page="overview", found=None)
    chart = bar_chart(by_rule(found), len(found["days"]))
    starved = [(rule["rule"], why, n) for rule in found["rules"] for why, n in rule["starved"].items()]
    return render_template(
        "console/forecast.html", page="overview", found=found, chart=chart, days=found["days"],
        starved=sorted(starved, key=lambda row: -row[2]),
    )  # fmt: skip
