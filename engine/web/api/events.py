"""POST /api/v1/events."""

from __future__ import annotations

from engine.intake import events
from engine.intake.checking import EVENTS
from engine.web.api.receiving import Resource

RESOURCE = Resource("events", EVENTS, events.write, "Keep anything else that happened to customers")
