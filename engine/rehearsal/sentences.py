"""An explanation in sentences, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engine import calendar
from engine.clock import moment
from engine.rehearsal.explain import AnchorAsked, Asked, Explanation
from engine.rulebook import describe

TRUTH = {True: "yes", False: "no", None: "unknown"}


def sentences(found: Explanation) -> Iterator[str]:
    """Says it line by line, with moments on the customer's own clock."""
    zone = found.customer.zone
    yield f"{found.rule.id}: {describe.rule(found.rule)}"
    if found.acts_since is None:
        yield "  the rule does not act here: it is off, broken, paused or of another shop"
    if found.next_at is not None:
        yield f"  its next moment is {wall(found.next_at, zone)}"
    for anchor in found.anchors:
        yield from _anchor(anchor, found, zone)
    if not found.anchors:
        yield "  nothing has happened to this customer that would start the rule"
        yield "  (what was cancelled or wholly refunded counts as never having happened)"
        yield from (_condition(asked) for asked in found.conditions)
    yield from _policy(found, zone)
    if found.hold is not None:
        yield f"  it waits until {wall(found.hold.wake_at, zone)} at the latest: {found.hold.reason}"
    yield from _decisions(found, zone)


def _anchor(anchor: AnchorAsked, found: Explanation, zone: str) -> Iterator[str]:
    tense = "fell due" if anchor.due_at <= found.at else "falls due"
    when = f"{tense} {wall(anchor.due_at, zone)}, worth sending until {wall(anchor.expires_at, zone)}"
    yield f"  {anchor.anchor} of {wall(anchor.at, zone)} {when}"
    for asked in anchor.conditions:
        yield _condition(asked)
    verdict = "yes" if anchor.matches else "no"
    if anchor.due_at > found.at:
        yield f"    asked at {wall(found.at, zone)}, before it is due, the rule would say {verdict}"
    else:
        yield f"    so at {wall(found.at, zone)} the rule says {verdict}"
    yield from _left_alone(anchor, found, zone)


def _left_alone(anchor: AnchorAsked, found: Explanation, zone: str) -> Iterator[str]:
    """Says why nothing comes of an anchor that the policy never saw, whatever the conditions say."""
    if not anchor.matches or any(decision.anchor == anchor.anchor for decision in found.decisions):
        return
    if found.acts_since is not None and anchor.due_at < found.acts_since:
        yield f"    but it is not acted on: it fell due before the rule was in force ({wall(found.acts_since, zone)})"
    elif anchor.expires_at < found.at:
        yield "    but it is too late: it is no longer worth sending"


def _condition(asked: Asked) -> str:
    value = "" if asked.value is None else f" (it is {shown(asked.value)})"
    word = "unless " if not asked.wanted else ""
    return f"    {'  ' * asked.depth}{word}{asked.text}: {TRUTH[asked.holds]}{value}"


def _policy(found: Explanation, zone: str) -> Iterator[str]:
    """Says only what would stop the mail, and how full each cap is."""
    for asked in found.policy:
        if asked.holds != asked.wanted:
            yield f"  policy: {'' if asked.wanted else 'no mail, because '}{asked.text}{': no' if asked.wanted else ''}"
    for cap, count, allowed, opens in found.counted:
        full = f", full until {wall(opens, zone)}" if count >= allowed else ""
        yield f"  policy: {count} of {allowed} mails counted by the cap {cap}{full}"


def _decisions(found: Explanation, zone: str) -> Iterator[str]:
    for d in found.decisions:
        reason = f" ({d.reason}{f': {d.because_of}' if d.because_of else ''})" if d.reason else ""
        until = f" until {wall(d.until_at, zone)}" if d.until_at else ""
        taken = f"; {d.taken_by} took the last place" if d.taken_by else ""
        yield f"  decided {wall(d.at, zone)} on {d.anchor}: {d.outcome}{reason}{until}{taken}"


def wall(at: int, zone: str) -> str:
    """Writes a moment as clocks of the zone show it."""
    return f"{calendar.local(at, zone):%Y-%m-%d %H:%M}"


def shown(value: Any) -> str:
    """Writes a value for people; what looks like a moment is one."""
    if isinstance(value, int) and value > 10**14:
        return f"{moment(value):%Y-%m-%d %H:%M} UTC"
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value)


def as_json(found: Explanation) -> dict[str, Any]:
    """Returns the explanation as plain JSON values; moments as ISO 8601 in UTC."""
    return {
        "rule": found.rule.id, "customer": found.customer.external_id or found.customer.email, "at": iso(found.at),
        "says": describe.rule(found.rule), "acts": found.acts_since is not None,
        "next_at": iso(found.next_at), "conditions": [_asked(a) for a in found.conditions],
        "anchors": [
            {"anchor": a.anchor, "at": iso(a.at), "due_at": iso(a.due_at), "expires_at": iso(a.expires_at),
             "matches": a.matches, "in_force": found.acts_since is not None and a.due_at >= found.acts_since,
             "conditions": [_asked(c) for c in a.conditions]}
            for a in found.anchors
        ],
        "decisions": [
            {"anchor": d.anchor, "at": iso(d.at), "outcome": d.outcome, "reason": d.reason, "until": iso(d.until_at),
             "because_of": d.because_of, "taken_by": d.taken_by, "version": d.version}
            for d in found.decisions
        ],
        "policy": [_asked(a) for a in found.policy],
        "caps": [
            {"cap": cap, "counted": count, "at_most": allowed, "opens_at": iso(opens)}
            for cap, count, allowed, opens in found.counted
        ],
        "held_until": iso(found.hold.wake_at) if found.hold else None,
    }  # fmt: skip


def _asked(asked: Asked) -> dict[str, Any]:
    return {"condition": asked.text, "holds": asked.holds, "value": asked.value, "unless": not asked.wanted}


def iso(at: int | None) -> str | None:
    """Writes an instant as ISO 8601 in UTC."""
    return None if at is None else moment(at).isoformat().replace("+00:00", "Z")
