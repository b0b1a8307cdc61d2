"""POST /api/v1/consents."""

from __future__ import annotations

from engine.intake import consents
from engine.intake.checking import CONSENTS
from engine.web.api.receiving import Resource

RESOURCE = Resource("consents", CONSENTS, consents.write, "Enter consents and withdrawals into the ledger")
