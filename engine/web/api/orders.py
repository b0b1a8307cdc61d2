"""POST /api/v1/orders."""

from __future__ import annotations

from engine.intake import orders
from engine.intake.checking import ORDERS
from engine.web.api.receiving import Resource

RESOURCE = Resource(
    "orders", ORDERS, orders.write, "Keep versions of orders: new ones, changed ones, repeats"
)
