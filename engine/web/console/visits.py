"""/visits: where visits to the shop's own pages end, of those who agreed to be seen."""

from __future__ import annotations

from flask import render_template, request

from engine.reports.ends import DEVICES, ends
from engine.reports.stretch import last_days
from engine.web.app import served
from engine.web.console.room import room, shop, shop_id, whole_number

DAYS = (7, 30, 90)


@room.get("/visits")
def visits() -> str:
    """Shows ends by page, device and source; `days` and `device` choose."""
    days = whole_number("days")
    days = days if days in DAYS else 30
    device = request.args.get("device")
    device = device if device in DEVICES else None
    here = served()
    now = here.clock.now()
    return render_template(
        "console/visits.html", page="visits", found=ends(shop_id(), last_days(now, days, shop().timezone), now, device),
        days=days, all_days=DAYS, device=device, devices=DEVICES, set_up=shop().pages is not None,
        script=f"{here.config.public_url.rstrip('/')}/js/regulars.js",
    )  # fmt: skip
