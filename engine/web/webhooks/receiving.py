"""What all shop systems' messages go through: whose they are, rightly signed, read, kept whole, counted."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import structlog
from flask import Response, current_app, request

from engine import bulk
from engine.config import ShopConfig
from engine.errors import ConfigError, IntakeError
from engine.intake.accepting import Accepted
from engine.intake.connectors.readers import Read
from engine.intake.connectors.told import Told, mapping, text
from engine.intake.forgetting import heed
from engine.intake.keeping import keep
from engine.intake.sources import lag_of, note, set_aside
from engine.standard_webhooks import ID
from engine.web.api.bodies import Malformed, read_json
from engine.web.api.idempotency import Answer, once
from engine.web.api.problems import Problem
from engine.web.app import Served, served, wake
from engine.web.webhooks.privacy import heed_wish
from engine.web.webhooks.signed import Proof
from models import Shop

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a shop system: which, about what, and how it proves where it comes from."""

    source: str
    topic: str | None  # None: it says so itself, as its `type`
    wrong: Proof
    key: str | None = None  # by which a repetition is known, for those who number what they send


def shop_called(key: str) -> tuple[ShopConfig, Shop]:
    """Returns a shop of this server; 404 for any other name."""
    try:
        config = served().config.shop(key)
    except ConfigError:
        raise Problem(404, "no shop of this server is called so") from None
    row = Shop.get_or_none(Shop.key == key)
    if row is None:
        raise Problem(404, "no shop of this server is called so")
    return config, row


def receive(shop: Shop, message: Message, read: Read) -> Response:
    """Answers one message: 200 when it is committed or needs nothing, 401 wrongly signed, 422 with the field that is odd."""
    here = served()
    body, now = request.get_data(cache=False), here.clock.now()
    if wrong := message.wrong(body, now):
        _count(here, shop, message, now, "denied", f"{wrong}; config.yaml names the secrets")
        raise Problem(401, wrong)
    try:
        sent = mapping(read_json(body), "")
        message = replace(
            message, topic=text(sent.get("type"), 128) if message.topic is None else message.topic
        )
        told = read(message.topic or "", sent)
        answer = _answered(here, shop, told, message, body, now)
    except Malformed as error:
        _count(here, shop, message, now, "refused", f"not JSON: {error}")
        raise Problem(400, f"the body is not JSON: {error}") from None
    except IntakeError as error:
        said = "; ".join(f"{pointer}: {detail}" for pointer, detail in error.problems)
        _count(here, shop, message, now, "refused", said, body)
        raise
    if not answer.replayed:
        wake(current_app)
    return Response(answer.body, answer.status, answer.headers, mimetype="application/json")


def _answered(here: Served, shop: Shop, told: Told, message: Message, body: bytes, now: int) -> Answer:
    """Keeps a message and says what came of it; one whose number was seen before gets the first answer again."""

    def work() -> Answer:
        done = _kept(here, shop, told, message, now)
        counts = {"accepted": done.accepted, "unchanged": done.unchanged}
        return Answer(200, json.dumps({"ignored": told.ignored} if told.ignored else counts))

    if message.key is None:
        return work()
    return once(here.store, shop.id, f"{message.source}:{message.key}", body, now, work, ID)


def _kept(here: Served, shop: Shop, told: Told, message: Message, now: int) -> Accepted:
    """Keeps the items and the count of them in one transaction."""

    def work() -> Accepted:
        done = keep(here.store, here.config, shop, told, now)
        what = "accepted" if done.accepted else "unchanged"
        source = note(shop.id, message.source, what, message.topic or "", None, lag_of(told, now), now)
        heed(source, told, now)
        return done

    done = bulk.in_transaction(here.store, work)
    heed_wish(here, shop, told, now)
    return done


def _count(
    here: Served, shop: Shop, message: Message, now: int, what: str, error: str, body: bytes = b""
) -> None:
    """Counts a message that is not kept; what is rightly signed and JSON is set aside, to be taken again."""

    def work() -> None:
        source = note(shop.id, message.source, what, message.topic or "", error, None, now)
        if body:
            set_aside(source, message.topic or "", body.decode("utf-8", "replace"), error, now)

    bulk.in_transaction(here.store, work)
    log.warning("webhook_refused", shop=shop.key, source=message.source, what=what)
