"""POST /api/v1/refunds."""

from __future__ import annotations

from engine.intake import refunds
from engine.intake.checking import REFUNDS
from engine.web.api.receiving import Resource

RESOURCE = Resource("refunds", REFUNDS, refunds.write, "Keep refunds of amounts, lines or whole orders")
