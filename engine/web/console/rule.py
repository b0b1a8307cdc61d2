"""/rules/ID: what one rule says, how it fares, its last decisions, and buttons to pause and to release it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.matching.view import View
from engine.outbox.acts import Stopped, acts_on, pause_rule, release_rule, resume_rule
from engine.outbox.refusals import why_paused
from engine.reports.outcome import DAYS as RESULTS
from engine.reports.outcome import Outcome, outcome
from engine.reports.rulebook import published, text_of
from engine.reports.rules import Fare, fares, last_decisions
from engine.reports.sentences import decision_sentence, reason_words
from engine.reports.stretch import last_days
from engine.reports.when import when_words
from engine.rulebook.ast import Rule
from engine.web.app import served
from engine.web.console.room import room, shop, shop_id, voice
from models import Customer

DAYS = 30


@room.get("/rules/<rule_id>")
def rule(rule_id: str) -> str:
    """Shows one rule."""
    found = _find(rule_id)
    file, text = text_of(published(served().config), rule_id)
    decisions = last_decisions(shop_id(), rule_id)
    names = Customer.select().where(Customer.id.in_(sorted({row.customer_id for row in decisions})))
    return render_template(
        "console/rule.html", page="rules", fare=found, file=file, text=text, decisions=decisions,
        names={customer.id: customer for customer in names}, when=lambda rule: when_words(rule, voice()),
        outcome=_outcome(found.rule), outcome_days=RESULTS,
        acts=acts_on(rule_id), refused=why_paused(shop_id(), rule_id) if found.condition == "paused" else None,
        why=lambda row: reason_words(row.reason, None, voice()),
        sentence=lambda row: decision_sentence(row, voice()),
    )  # fmt: skip


@room.post("/rules/<rule_id>/pause")
def pause_one(rule_id: str) -> Response:
    """Pauses a rule or lets it run again; what is queued waits, because the outbox asks again before sending."""
    paused = request.form.get("paused") == "yes"
    act = pause_rule if paused else resume_rule
    met = _met(act(served().store, rule_id, current_user.email, served().clock.now(), shop_id()))
    _say("rules.paused_now" if paused else "rules.resumed_now", rule=rule_id)
    if paused and met.sending:
        _say("rules.paused_met", count=met.sending, number=voice().count(met.sending))
    return redirect((request.form.get("back") == "list" and "/rules") or f"/rules/{rule_id}")


@room.post("/rules/<rule_id>/release")
def release_one(rule_id: str) -> Response:
    """Gives the reader's word that a braked rule may go beyond its usual volume."""
    _met(release_rule(served().store, rule_id, current_user.email, served().clock.now(), shop_id()))
    _say("rules.released_now", rule=rule_id)
    return redirect(f"/rules/{rule_id}")


def _met(met: Stopped | None) -> Stopped:
    return met if met is not None else abort(404)


def _say(key: str, **values: object) -> None:
    flash((key, values))  # type: ignore[arg-type]


def _outcome(rule: Rule | None) -> Outcome | None:
    """Returns what the rule's mails led to; nothing of a rule that is no longer written."""
    if rule is None:
        return None
    here, now = served(), voice().now
    view = View(here.config, shop(), shop_id(), published(here.config), now, {}, here.store.postgresql)
    return outcome(view, rule, voice())


def _find(rule_id: str) -> Fare:
    stretch = last_days(voice().now, DAYS, shop().timezone)
    found = [fare for fare in fares(shop_id(), published(served().config), stretch) if fare.id == rule_id]
    return found[0] if found else abort(404)
