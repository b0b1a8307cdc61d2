"""POST /api/v1/customers."""

from __future__ import annotations

from engine.intake import customers
from engine.intake.checking import CUSTOMERS
from engine.web.api.receiving import Resource

RESOURCE = Resource("customers", CUSTOMERS, customers.write, "Keep what the shop says of its customers")
