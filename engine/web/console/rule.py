"""/rules/ID: what one rule says, how it fares, its last decisions, and a button to pause it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from engine.reports.rulebook import published, text_of
from engine.reports.rules import Fare, fares, last_decisions
from engine.reports.sentences import decision_sentence, reason_words
from engine.reports.stretch import last_days
from engine.reports.when import when_words
from engine.web.app import served
from engine.web.console.room import room, shop, shop_id, voice
from models import Customer, RuleState

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
        why=lambda row: reason_words(row.reason, None, voice()), sentence=lambda row: decision_sentence(row, voice()),
    )  # fmt: skip


@room.post("/rules/<rule_id>/pause")
def pause_rule(rule_id: str) -> Response:
    """Pauses a rule or lets it run again; what is queued waits, because the outbox asks again before sending."""
    paused = request.form.get("paused") == "yes"
    mine = (RuleState.shop == shop_id()) & (RuleState.rule == rule_id)
    if not RuleState.update(paused=paused).where(mine).execute():
        abort(404)
    flash(("rules.paused_now" if paused else "rules.resumed_now", {"rule": rule_id}))  # type: ignore[arg-type]
    return redirect((request.form.get("back") == "list" and "/rules") or f"/rules/{rule_id}")


def _find(rule_id: str) -> Fare:
    stretch = last_days(voice().now, DAYS, shop().timezone)
    found = [fare for fare in fares(shop_id(), published(served().config), stretch) if fare.id == rule_id]
    return found[0] if found else abort(404)
