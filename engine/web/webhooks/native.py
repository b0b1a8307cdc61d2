"""POST /webhooks/SHOP/native: our own shapes, signed as Standard Webhooks say, each message numbered by its sender."""

from __future__ import annotations

from flask import Response, request

from engine.intake.connectors.native import told
from engine.standard_webhooks import ID, SIGNATURE, TIMESTAMP, wrong_with
from engine.web.api.problems import Problem
from engine.web.webhooks.receiving import Message, receive, shop_called

LONGEST = 200


def native(shop_key: str) -> Response:
    """Takes one message of a shop's own code; the same `webhook-id` again gets the same answer, and nothing is written."""
    config, shop = shop_called(shop_key)
    settings = config.webhooks.native
    if settings is None:
        raise Problem(404, "config.yaml names no webhooks.native for this shop")
    number = request.headers.get(ID, "")
    if len(number) > LONGEST or not number.isprintable():
        raise Problem(400, f"a {ID} has 1 to {LONGEST} printable characters")
    said = {name: request.headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    message = Message("native", None, lambda body, now: wrong_with(said, body, settings.secrets, now), number)
    return receive(shop, message, told)
