"""An explanation as JSON: stable keys, moments in UTC, anchors named by the shop's own ids (docs/explain.md has it all)."""

from __future__ import annotations

from typing import Any

from engine.clock import moment
from engine.consent.kinds import NOT_YET, PROFILING, kind_of
from engine.consent.stops import rule_stopped
from engine.rehearsal.explaining.model import (
    AnchorAsked,
    Asked,
    CapAsked,
    Explained,
    Filter,
    Ledger,
    Mail,
    Named,
    NotAnAnchor,
    RuleAsked,
    Said,
    Verdict,
)
from engine.reports.explained.phrases import tags_of, whole_days
from engine.rulebook import describe
from engine.rulebook.ast import (
    All,
    Any_,
    DueIs,
    FactPattern,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Not,
)

MONEY = ("spent", "average_order", "total", "price", "amount")
KINDS: tuple[tuple[type, str], ...] = (
    (All, "all"), (Any_, "any"), (Not, "not"), (InSegment, "segment"), (HasConsent, "consent"), (HasFact, "fact"),
    (DueIs, "due"), (FactPattern, "unless"), (Filter, "filter"),
)  # fmt: skip


def as_json(found: Explained) -> dict[str, Any]:
    """Returns the explanation of one customer as plain JSON values."""
    row = found.customer
    return {
        "customer": {"id": row.external_id, "email": row.email, "zone": found.zone, "erased_at": iso(row.erased_at)},
        "at": iso(found.at), "notes": [{"code": note.code, "at": iso(note.at)} for note in found.notes],
        "rules": [_rule(rule, found) for rule in found.rules], "policy": _policy(found.ledger, found),
    }  # fmt: skip


def iso(at: int | None) -> str | None:
    """Writes an instant as ISO 8601 in UTC."""
    return None if at is None else moment(at).isoformat().replace("+00:00", "Z")


def _rule(rule: RuleAsked, found: Explained) -> dict[str, Any]:
    return {
        "rule": rule.rule.id, "says": describe.rule(rule.rule), "purpose": rule.rule.purpose,
        "acts": rule.acts_since is not None, "acts_since": iso(rule.acts_since), "paused": rule.paused,
        "next_at": iso(rule.next_at), "held_out": rule.held_out, "consent": _said(rule.consent),
        "stopped": _said(rule.stopped), "anchors": [_anchor(anchor, found) for anchor in rule.anchors],
        "not_anchors": [_other(other, found) for other in rule.others], "who": _asked(rule.who, found),
        "segment": _asked(rule.segment, found),
    }  # fmt: skip


def _anchor(anchor: AnchorAsked, found: Explained) -> dict[str, Any]:
    return {
        "anchor": _named(anchor.named), "due_at": iso(anchor.due_at), "expires_at": iso(anchor.expires_at),
        "asked_at": iso(anchor.asked_at), "matches": anchor.matches, "matches_when_due": anchor.matches_when_due,
        "unless": [_asked(asked, found) for asked in anchor.unless], "who": _asked(anchor.who, found),
        "verdict": _verdict(anchor.verdict), "decisions": [_verdict(verdict) for verdict in anchor.history],
        "message": _mail(anchor.mail),
    }  # fmt: skip


def _named(named: Named) -> dict[str, Any]:
    return {
        "kind": named.kind, "at": iso(named.at), "order": named.order, "product": named.product, "name": named.name,
        "event": named.event, "rule": named.rule, "years": named.years,
    }  # fmt: skip


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.code, "decided_at": iso(verdict.at), "reason": verdict.reason,
        "until": iso(verdict.until_at), "because_of": verdict.because_of, "taken_by": verdict.taken_by,
        "version": verdict.version,
    }  # fmt: skip


def _mail(mail: Mail | None) -> dict[str, Any] | None:
    if mail is None:
        return None
    return {
        "message_id": mail.message_id, "state": mail.state, "reason": mail.reason, "subject": mail.subject,
        "settled_at": iso(mail.settled_at), "returned": mail.returned,
    }  # fmt: skip


def _other(other: NotAnAnchor, found: Explained) -> dict[str, Any]:
    filters = [_asked(asked, found) for asked in other.filters]
    return {"fact": _named(other.named), "taken_back": other.taken_back, "filters": filters}


def _asked(asked: Asked | None, found: Explained) -> dict[str, Any] | None:
    if asked is None:
        return None
    kind = next((name for type_, name in KINDS if isinstance(asked.what, type_)), None)
    said = {"said": _said(asked.said)} if isinstance(asked.what, HasConsent) else {}
    return {
        "asked": _words(asked), "kind": kind or _name(asked), "holds": asked.holds, "wanted": asked.wanted,
        "value": _value(asked, found), "changes_at": iso(asked.changes_at), "becomes": asked.becomes, **said,
        "parts": [_asked(part, found) for part in asked.parts],
    }  # fmt: skip


def _words(asked: Asked) -> str:
    what = asked.what
    if isinstance(what, FactPattern):
        return f"{describe.pattern(what)} since"
    return f"{what.name} {describe.test(what.test)}" if isinstance(what, Filter) else describe.condition(what)


def _name(asked: Asked) -> str:
    what = asked.what
    if isinstance(what, Measure | Filter):
        return what.name
    return what.field if isinstance(what, FieldIs) else type(what).__name__


def _value(asked: Asked, found: Explained) -> Any:
    """Money as a decimal text of the shop's currency, days as days; lists as lists; moments in UTC."""
    name, value = _name(asked), asked.value
    if value is None or isinstance(asked.what, FactPattern):
        return None
    if name in MONEY:
        return f"{round(value) / 100:.2f}"
    if name == "days_since_order":
        return whole_days(int(value), found.at if asked.at is None else asked.at, found.zone)
    if name == "signed_up":
        return iso(int(value))
    return tags_of(value) if name == "tags" else value


def _said(said: Said | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {"granted": said.granted, "at": iso(said.at), "source": said.source, "wording": said.wording}


def _policy(gates: Ledger, found: Explained) -> dict[str, Any]:
    suppressed = {"at": iso(gates.suppressed_at), "reason": gates.suppressed_reason}
    purposes = {name: _said(said) for name, said in gates.consents.items() if not kind_of(name)[0]}
    not_used = {
        name: {**(_said(said) or {}), "why": said.detail}
        for name, said in gates.consents.items() if said.granted and name.startswith(NOT_YET)
    }  # fmt: skip
    objects = gates.consents[PROFILING].at if gates.standing.objects else None
    stopped = {rule_stopped(name): _said(said) for name, said in gates.consents.items() if rule_stopped(name)}
    return {
        "address": gates.address, "suppressed": suppressed if gates.suppressed_at is not None else None,
        "consents": purposes, "not_used": not_used, "paused_until": iso(gates.standing.paused_until_at),
        "wish": gates.standing.wish.words if gates.standing.wish else None, "objects_to_profiling": iso(objects),
        "stopped": {rule: said for rule, said in stopped.items() if said and not said["granted"]},
        "caps": [_cap(cap) for cap in gates.caps], "shut": gates.shut, "opens_at": iso(gates.opens_at),
        "house_rules": [
            {"name": house.rule.name, "action": house.rule.action, "purposes": list(house.rule.purposes),
             "rules": list(house.rule.rules), "if": _asked(house.asked, found)}
            for house in gates.house_rules
        ],
    }  # fmt: skip


def _cap(cap: CapAsked) -> dict[str, Any]:
    limit = cap.limit
    return {
        "cap": limit.words, "group": cap.group, "at_most": limit.at_most, "purpose": limit.purpose,
        "rules": sorted(limit.rules) if limit.rules is not None else None, "opens_at": iso(cap.opens_at),
        "counted": [
            {"rule": mail.rule, "purpose": mail.purpose, "at": iso(mail.at), "leaves_at": iso(mail.leaves_at)}
            for mail in cap.counted
        ],
    }  # fmt: skip
