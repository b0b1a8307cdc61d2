"""PUT and DELETE /webhooks/SHOP/horoshop/SECRET/EVENT. Horoshop signs nothing and says in no header what it tells of.

So the address says both. It tries again about every ten minutes, ten times, and says DELETE when it has dropped a subscription.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from flask import Response, request

from engine import bulk
from engine.intake.connectors.horoshop import EVENTS
from engine.intake.connectors.readers import reader_of
from engine.intake.sources import note
from engine.web.api.problems import Problem
from engine.web.app import served
from engine.web.webhooks.receiving import Message, receive, shop_called
from engine.web.webhooks.signed import Proof

WRONG = "the address does not hold the right secret"


def horoshop(shop_key: str, secret: str, event: str) -> Response:
    """Takes what one hook tells, or that it tells no more."""
    config, shop = shop_called(shop_key)
    read = reader_of(config, "horoshop")
    if read is None or config.webhooks.horoshop is None:
        raise Problem(404, "config.yaml names no webhooks.horoshop for this shop")
    if event not in EVENTS:
        raise Problem(404, f"no hook of Horoshop is called so; known: {', '.join(EVENTS)}")
    proof = by_address(secret, config.webhooks.horoshop.secrets)
    if request.method == "DELETE" and proof(b"", 0) is None:
        return _dropped(shop.id, event)
    return receive(shop, Message("horoshop", event, proof), read)


def by_address(said: str, secrets: Sequence[str]) -> Proof:
    """Returns the proof of those who know a secret address; all secrets are compared, in the same time."""
    right = sum(hmac.compare_digest(said.encode("utf-8", "replace"), secret.encode()) for secret in secrets)
    return lambda body, now: None if right else WRONG


def _dropped(shop_id: int, event: str) -> Response:
    here = served()
    said = f"Horoshop has dropped its subscription to {event}: subscribe again if that was not meant"
    now = here.clock.now()
    bulk.in_transaction(here.store, lambda: note(shop_id, "horoshop", "unchanged", event, said, None, now))
    return Response('{"ignored": "the subscription is over"}', 200, mimetype="application/json")
