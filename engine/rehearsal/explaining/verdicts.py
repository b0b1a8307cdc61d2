"""What came of an anchor: as the store has it, else as the tick of this minute would decide, else why nothing comes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.clock import MINUTE, whole_minute
from engine.matching.due import Due
from engine.matching.scope import Scope
from engine.matching.view import View
from engine.policy.model import Decision
from engine.rehearsal.explaining.anchors import Found, again
from engine.rehearsal.explaining.minute import ticked_at
from engine.rehearsal.explaining.model import AnchorAsked, Asked, Mail, Named, Verdict
from engine.rulebook.ast import Every, OnDate, Rule
from models import Decision as DecisionRow
from models import Hold, Message, Settlement

MOST_DECISIONS = 400
Key = tuple[str, str]  # rule, anchor


@dataclass(slots=True)
class Records:
    """What the store has written down about one customer by a moment."""

    decisions: dict[Key, list[DecisionRow]] = field(default_factory=lambda: defaultdict(list))
    settled: dict[Key, Settlement] = field(default_factory=dict)
    holds: dict[Key, Hold] = field(default_factory=dict)
    mails: dict[int, Mail] = field(default_factory=dict)
    ticked_at: int | None = None


def records_of(customer: Any, view: View) -> Records:
    """Reads the customer's decisions, final keys, holds and mails, in four queries."""
    found = Records(ticked_at=ticked_at(view.shop_id))
    mine = (DecisionRow.customer == customer.id) & (DecisionRow.at <= view.now)
    newest = DecisionRow.select().where(mine).order_by(DecisionRow.at.desc(), DecisionRow.id.desc())
    for row in newest.limit(MOST_DECISIONS):
        found.decisions[row.rule, row.anchor].append(row)
    settled = (Settlement.customer == customer.id) & (Settlement.at <= view.now)
    found.settled = {(row.rule, row.anchor): row for row in Settlement.select().where(settled)}
    waiting = (Hold.customer == customer.id) & (Hold.held_at <= view.now)
    found.holds = {(row.rule, row.anchor): row for row in Hold.select().where(waiting)}
    keys = {row.message_id for row in found.settled.values() if row.message_id}
    for m in Message.select().where(Message.id.in_(sorted(keys))) if keys else ():
        found.mails[m.id] = Mail(
            m.id, m.state, m.reason, m.subject, m.settled_at, m.not_before_at, m.message_id,
            m.returned if m.returned_at is not None and m.returned_at <= view.now else None,
        )  # fmt: skip
    return found


def judged(
    rule: Rule, found: Found, named: Named, since: int | None, customer: Any, scope: Scope, records: Records,
    made: Decision | None, silent: bool,
) -> AnchorAsked:  # fmt: skip
    """Says of one anchor what its conditions say and what came, or would come, of it."""
    due = found.due
    key = (rule.id, due.anchor)
    history = tuple(_recorded(row) for row in records.decisions.get(key, ()))
    by_calendar = isinstance(rule.trigger, Every | OnDate)
    asked_at = due.due_at if by_calendar and due.due_at <= scope.now else scope.now
    anchor = AnchorAsked(
        due.anchor, named, due.anchor_at, due.due_at, due.expires_at, asked_at, None, (), found.who, Verdict("no"),
        history=history, mail=_mail(records, key),
    )  # fmt: skip
    written = _written(records, key, history, scope.now, made)
    if written is not None:
        return _as_asked(replace(anchor, verdict=written), found)
    return _unwritten(anchor, rule, found, since, customer, scope, records, made, silent)


def _as_asked(anchor: AnchorAsked, found: Found) -> AnchorAsked:
    """Adds what the conditions say at the moment at which they were asked."""
    unless = found.unless()
    return replace(anchor, unless=unless, who=found.who, matches=_matches(found, unless))


def _matches(found: Found, unless: Sequence[Asked]) -> bool | None:
    """Tells no from unknown: a `who` that cannot say, where nothing else says no."""
    if found.due.holds:
        return True
    blocked = any(asked.holds for asked in unless)
    return None if not blocked and found.who is not None and found.who.holds is None else False


def _recorded(row: DecisionRow) -> Verdict:
    return Verdict(row.outcome, row.reason, row.at, row.until_at, row.because_of, row.taken_by, row.version)


def _mail(records: Records, key: Key) -> Mail | None:
    settled = records.settled.get(key)
    return records.mails.get(settled.message_id) if settled and settled.message_id else None


def _written(
    records: Records, key: Key, history: Sequence[Verdict], now: int, made: Decision | None
) -> Verdict | None:
    """Returns the decision that stands: a final one, or a hold that nothing has ended yet."""
    settled = records.settled.get(key)
    if settled is not None:
        final = next((verdict for verdict in history if verdict.code != "hold"), None)
        return final or Verdict(settled.outcome, at=settled.at)
    if made is not None:
        return None
    hold = records.holds.get(key)
    if hold is not None and now < hold.wake_at:
        return Verdict(
            "hold", hold.reason, history[0].at if history else hold.held_at, hold.wake_at, hold.because_of
        )
    past = records.ticked_at is not None and now < records.ticked_at
    return history[0] if past and history and history[0].code == "hold" else None


def _unwritten(
    anchor: AnchorAsked, rule: Rule, found: Found, since: int | None, customer: Any, scope: Scope,
    records: Records, made: Decision | None, silent: bool,
) -> AnchorAsked:  # fmt: skip
    """Works out what would be decided now, or why nothing is."""
    if made is not None:
        verdict = Verdict(made.outcome, made.reason, None, made.until_at, made.because_of, made.taken_by)
        return _as_asked(replace(anchor, verdict=verdict), found)
    if since is None:
        return _as_asked(replace(anchor, verdict=Verdict("off")), found)
    if anchor.due_at > scope.now:
        due = again(rule, found.due, customer, scope, anchor.due_at, scope.known)
        then = _matches(due, due.unless()) if due else False
        return _as_asked(replace(anchor, verdict=Verdict("later"), matches_when_due=then), found)
    if anchor.due_at < since:
        return _as_asked(replace(anchor, verdict=Verdict("before", until_at=since)), found)
    if silent:
        return _as_asked(replace(anchor, verdict=Verdict("silent")), found)
    return _asked_then(anchor, rule, found, customer, scope, records)


def _asked_then(
    anchor: AnchorAsked, rule: Rule, found: Found, customer: Any, scope: Scope, records: Records
) -> AnchorAsked:
    """Shows the conditions as they stood in the minute in which they were asked: when it fell due, or became known."""
    asked_at, then = _minute_of(found.due), None
    if asked_at < whole_minute(scope.now) and not isinstance(rule.trigger, Every | OnDate):
        then = again(rule, found.due, customer, scope, asked_at, asked_at)
        anchor = replace(anchor, asked_at=asked_at if then else anchor.asked_at)
    anchor = _as_asked(anchor, then or found)
    return replace(anchor, verdict=_nothing_written(anchor, asked_at, records, scope.now))


def _minute_of(due: Due) -> int:
    return max(due.due_at, -(-due.recorded_at // MINUTE) * MINUTE)


def _nothing_written(anchor: AnchorAsked, asked_at: int, records: Records, now: int) -> Verdict:
    if asked_at > anchor.expires_at:
        return Verdict("late", until_at=anchor.expires_at)
    if anchor.matches is None:
        return Verdict("unknown")
    if not anchor.matches:
        return Verdict("no")
    to_come = records.ticked_at is None or asked_at > records.ticked_at
    return Verdict("yes" if to_come else "nothing")
