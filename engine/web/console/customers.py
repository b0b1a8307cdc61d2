"""/customers: find somebody by name, address or id."""

from __future__ import annotations

from flask import render_template, request

from engine.reports.customers import NOTHING, PAGE, bought_by, find_customers
from engine.web.console.room import room, shop_id, whole_number


@room.get("/customers")
def customers() -> str:
    """Lists the customers who fit, the newest first."""
    asked, before = request.args.get("q", "").strip()[:200].replace("\0", ""), whole_number("before")
    found = find_customers(shop_id(), asked, before)
    shown = found[:PAGE]
    return render_template(
        "console/customers.html", page="customers", asked=asked, before=before, customers=shown,
        bought=bought_by([customer.id for customer in shown]), nothing=NOTHING,
        older=shown[-1].id if len(found) > PAGE else None,
    )  # fmt: skip
