"""POST /webhooks/SHOP/woocommerce. WooCommerce never tries again, and stops a webhook after five failures in a row."""

from __future__ import annotations

import html

from flask import Response, request

from engine.intake.connectors.woocommerce import told
from engine.web.api.problems import Problem
from engine.web.webhooks.receiving import Message, receive, shop_called
from engine.web.webhooks.signed import by_body

FORM = "application/x-www-form-urlencoded"


def woocommerce(shop_key: str) -> Response:
    """Takes one message of a WooCommerce shop."""
    config, shop = shop_called(shop_key)
    settings = config.webhooks.woocommerce
    if settings is None:
        raise Problem(404, "config.yaml names no webhooks.woocommerce for this shop")
    topic, signature = (
        request.headers.get("X-WC-Webhook-Topic"),
        request.headers.get("X-WC-Webhook-Signature"),
    )
    if topic is None and signature is None and request.mimetype == FORM and "webhook_id" in request.form:
        return Response(
            '{"ignored": "a greeting"}', 200, mimetype="application/json"
        )  # sent when a webhook is saved
    # WordPress keeps a secret with its special characters written as entities, and signs with them decoded.
    secrets = [each for secret in settings.secrets for each in {secret, html.unescape(secret)}]
    message = Message("woocommerce", topic or "", by_body(signature, secrets))
    return receive(shop, message, lambda about, sent: told(about, sent, settings.statuses, settings.consents))
