"""POST /webhooks/mail/NAME: what mail services tell of mails, each proving in its own way who it is."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, request

from engine import bulk
from engine.clock import DAY, MINUTE
from engine.config_feedback import Basic
from engine.feedback.counting import add
from engine.feedback.fetching import NotFetched, fetch, fetch_once
from engine.feedback.report import Report
from engine.feedback.services import brevo, mailgun, postmark, sendgrid, ses, sns
from engine.feedback.services.values import NotJson, read_lenient, text
from engine.feedback.take import take_all
from engine.web.api.problems import Problem
from engine.web.app import served, wake
from models import SeenToken

log = structlog.get_logger()
LATEST, EARLIEST = 10 * MINUTE, 2 * DAY  # older is a replay, whose token may be forgotten by then
NEWS = ("spam_report", "unsubscribed", "hard", "soft")


@dataclass(frozen=True, slots=True)
class Told:
    """One request: its bytes, what they say, and when it came."""

    body: bytes
    value: Any
    now: int

    def in_time(self, at: int | None) -> bool:
        """Says whether a moment that was signed is near enough."""
        return at is not None and self.now - EARLIEST <= at <= self.now + LATEST


Proof = Callable[[Any, Told], "str | None"]  # why it is not believed


def register(app: Flask) -> None:
    """Adds an address for each service; one that config.yaml does not name is not there."""
    for name, view in SERVICES.items():
        app.add_url_rule(f"/webhooks/mail/{name}", f"webhooks.mail.{name}", view, methods=["POST"])


def postmark_events() -> Response:
    """Takes one event of Postmark."""
    return _receive("postmark", _basic, postmark.read)


def brevo_events() -> Response:
    """Takes one event of Brevo, or several."""
    return _receive("brevo", _basic, brevo.read)


def sendgrid_events() -> Response:
    """Takes the events of SendGrid."""
    return _receive("sendgrid", _sendgrid, sendgrid.read)


def mailgun_events() -> Response:
    """Takes one event of Mailgun; what was signed counts once."""
    return _receive("mailgun", _mailgun, mailgun.read, once=mailgun.token_of)


def ses_events() -> Response:
    """Takes one message of Amazon SNS: an event of SES, or the question whether we want to be told."""
    return _receive("ses", _sns, _of_envelope)


SERVICES = {
    "ses": ses_events, "postmark": postmark_events, "mailgun": mailgun_events, "sendgrid": sendgrid_events,
    "brevo": brevo_events,
}  # fmt: skip


def _receive(
    source: str, proof: Proof, read: Callable[[Any], list[Report]], once: Callable[[Any], str] | None = None
) -> Response:
    """Answers 200 with counts when what was told is committed; 401 unproven, 400 no JSON."""
    here = served()
    settings = getattr(here.config.feedback.webhooks, source)
    if settings is None:
        raise Problem(404, f"config.yaml names no feedback.webhooks.{source}")
    body, now = request.get_data(cache=False), here.clock.now()
    try:
        told = Told(body, read_lenient(body), now)
    except NotJson as error:
        add(here.store, source, {"unreadable": 1}, now, str(error))
        raise Problem(400, f"the body is not JSON: {error}") from None
    if wrong := proof(settings, told):
        add(here.store, source, {"denied": 1}, now, wrong)
        log.warning("feedback_denied", source=source, why=wrong)
        raise Problem(401, wrong)
    if once is not None and _seen(source, once(told.value)):
        add(here.store, source, {"repeated": 1}, now)
        return _answer({"repeated": 1})
    words = take_all(here.store, here.config, read(told.value), source, now)
    if once is not None:
        _keep(source, once(told.value), now)
    if any(words[name] for name in NEWS):
        wake(current_app)
    return _answer(words)


def _answer(words: Any) -> Response:
    return Response(json.dumps(dict(sorted(words.items()))), 200, mimetype="application/json")


def _digest(source: str, token: str) -> str:
    return hashlib.sha256(f"{source}:{token}".encode("utf-8", "replace")).hexdigest()


def _seen(source: str, token: str) -> bool:
    return bool(SeenToken.select().where(SeenToken.digest == _digest(source, token)).exists())


def _keep(source: str, token: str, now: int) -> None:
    """Remembers a token once everything is done: whoever is cut off before may say it again, which changes nothing."""
    row = SeenToken.insert(digest=_digest(source, token), at=now).on_conflict_ignore()
    bulk.in_transaction(served().store, row.execute)


# --- how each proves who it is ---------------------------------------------------------------------------


def _basic(settings: Basic, told: Told) -> str | None:
    given = request.authorization
    said = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
    pairs = zip(said, (settings.username, settings.password), strict=True)
    right = sum(hmac.compare_digest(a.encode("utf-8", "replace"), b.encode()) for a, b in pairs)
    return None if right == 2 else "user or password is not right"


def _sendgrid(settings: Any, told: Told) -> str | None:
    moment, signature = (request.headers.get(name, "") for name in (sendgrid.TIMESTAMP, sendgrid.SIGNATURE))
    if not sendgrid.signed(told.body, moment, signature, settings.public_keys):
        return "the signature is not right"
    return None if told.in_time(sendgrid.moment_of(moment)) else "it was signed too long ago"


def _mailgun(settings: Any, told: Told) -> str | None:
    if not mailgun.signed(told.value, settings.signing_keys):
        return "the signature is not right"
    return None if told.in_time(mailgun.moment_of(told.value)) else "it was signed too long ago"


def _sns(settings: Any, told: Told) -> str | None:
    topics: Sequence[str] = settings.topics
    try:
        wrong = sns.wrong_with(told.value, topics, current_app.extensions.get("fetch", fetch_once))
    except NotFetched as error:
        log.error("certificate_not_fetched", reason=str(error))
        raise Problem(503, "the certificate cannot be had now; send it again") from None
    return wrong or (None if told.in_time(sns.moment_of(told.value)) else "it was signed too long ago")


def _of_envelope(envelope: Any) -> list[Report]:
    """Reads the event inside; a question whether we want to be told is answered with yes, for the topic is ours."""
    if text(envelope, "Type") == "SubscriptionConfirmation":
        try:
            current_app.extensions.get("fetch", fetch)(sns.confirmation(envelope))
        except NotFetched as error:
            log.error("subscription_not_confirmed", reason=str(error))
            raise Problem(503, "the subscription cannot be confirmed now; send it again") from None
        log.info("subscription_confirmed", topic=text(envelope, "TopicArn"))
    if text(envelope, "Type") != "Notification" or not isinstance(envelope.get("Message"), str):
        return ses.read(None)
    try:
        return ses.read(read_lenient(envelope["Message"].encode("utf-8", "replace")))
    except NotJson:
        return ses.read(None)
