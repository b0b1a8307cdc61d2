"""What one customer has said to be mailed about, and what holds of it now: for people who are asked for proof."""

from __future__ import annotations

from typing import Any

from engine.clock import moment
from engine.consent.kinds import (
    FREQUENCY,
    JOINED,
    NO_OPT_OUT,
    NO_PROOF,
    NO_SALE,
    NOT_FOR_IT,
    NOT_THERE,
    PAUSE,
    PENDING,
    RULE,
    SOFT,
    UNPROVEN,
    kind_of,
)
from engine.consent.standing import NOTHING_SAID, standings
from models import ConsentChange, Customer
from models.objections import PROFILING

SHOWN = ("source", "wording", "version", "basis", "request_address", "proof", "external_customer")
WHY = {
    NO_PROOF: "brought in as history without proof",
    NO_SALE: "a soft opt-in without a sale",
    NO_OPT_OUT: "a soft opt-in without the chance to refuse",
    NOT_THERE: "a soft opt-in in a country that config.yaml does not name",
    NOT_FOR_IT: "a soft opt-in is for marketing alone",
}


def agreed(customer: Customer, now: int) -> dict[str, Any]:
    """Returns what holds at `now` and every line of the ledger, the oldest first; moments as ISO 8601 in UTC."""
    said = standings([int(customer.id)], now).get(int(customer.id), NOTHING_SAID)
    holds = {
        "agreed": sorted(said.consents), "for goods like those bought": sorted(said.soft),
        "waits to be confirmed": sorted(said.pending), "stopped rules": sorted(said.stopped),
        "paused until": _iso(said.paused_until_at), "at most": said.wish.words if said.wish else None,
        "objects to profiling": said.objects,
    }  # fmt: skip
    lines = ConsentChange.select().where(ConsentChange.customer == customer.id)
    ordered = lines.order_by(ConsentChange.at, ConsentChange.recorded_at, ConsentChange.id)
    return {"holds": holds, "ledger": [_line(line) for line in ordered]}


def _line(line: ConsentChange) -> dict[str, Any]:
    moments = {name: _iso(getattr(line, name)) for name in ("at", "recorded_at", "asked_at", "confirmed_at")}
    return {
        "granted": bool(line.granted), "about": about(line), **moments,
        **{name: getattr(line, name) for name in SHOWN},
    }  # fmt: skip


def about(line: Any) -> str:
    """Says in words what a line of the ledger is about."""
    purpose, detail = str(line.purpose), line.detail
    kind, name = kind_of(purpose)
    named = {
        PENDING: f"{name}, not confirmed yet", SOFT: f"{name}, for goods like those bought", RULE: f"the rule {name}",
        UNPROVEN: f"{name}, not used: {WHY.get(str(detail), detail)}", "": name,
    }  # fmt: skip
    whole = {
        PROFILING: "profiling", FREQUENCY: f"at most {detail}" if line.granted else "as many mails as there are",
        PAUSE: f"a pause until {detail}" if line.granted else "a pause", JOINED: "a guest who turned out to be them",
    }  # fmt: skip
    return whole.get(purpose) or named.get(kind) or purpose


def _iso(at: int | None) -> str | None:
    return None if at is None else moment(at).isoformat().replace("+00:00", "Z")
