"""Two shop systems as they behave: they sign, say things twice, and get the order of their messages wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from werkzeug.test import TestResponse

from engine.config_shops import Shopify, Webhooks, WooCommerce
from engine.store import Store
from tests.intake.optica import CONFIG, OPTICA
from tests.web.api.serving import Calls

WOO, OLD_WOO, SHOPIFY = "woo-secret-1", "woo&secret-0", "shopify-secret-1"
WEBHOOKS = Webhooks(
    woocommerce=WooCommerce(secrets=(WOO,
    "woo&amp;secret-0"), statuses={"wyslane": "shipped"}, consents={"_optin": "marketing"}),
    shopify=Shopify(secrets=(SHOPIFY, "shopify-secret-0")),
)  # fmt: skip
HOOKED = CONFIG.model_copy(update={"shops": (OPTICA.model_copy(update={"webhooks": WEBHOOKS}),)})


class Systems(Calls):
    """Posts what WooCommerce and Shopify post."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, HOOKED)

    def woo(self, topic: str, sent: Any, secret: str = WOO, **headers: str) -> TestResponse:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        said = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature(body, secret),
                "X-WC-Webhook-Delivery-ID": "d1",
                "User-Agent": "WooCommerce/9.4 Hookshot (WordPress/6.7)"} | headers  # fmt: skip
        return self.client.post(
            "/webhooks/optica/woocommerce", data=body, content_type="application/json", headers=said
        )

    def shopify(
        self, topic: str, sent: Any, secret: str = SHOPIFY, prefix: str = "X-", **headers: str
    ) -> TestResponse:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        said = {f"{prefix}Shopify-Topic": topic, f"{prefix}Shopify-Hmac-Sha256": signature(body, secret),
                f"{prefix}Shopify-Webhook-Id": "w1"} | headers  # fmt: skip
        return self.client.post(
            "/webhooks/optica/shopify", data=body, content_type="application/json", headers=said
        )


def signature(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def woo_order(number: int = 727, **said: Any) -> dict[str, Any]:
    """An order as WooCommerce 9 sends it, shortened to what anybody could read, changed by what is said."""
    return {
        "id": number, "parent_id": 0, "status": "processing", "currency": "PLN", "version": "9.4.2",
        "date_created": "2026-05-20T12:00:00", "date_created_gmt": "2026-05-20T10:00:00",
        "date_modified": "2026-05-20T12:05:00", "date_modified_gmt": "2026-05-20T10:05:00",
        "date_completed": None, "date_completed_gmt": None, "date_paid_gmt": "2026-05-20T10:05:00",
        "discount_total": "10.00", "total": "129.90", "total_tax": "24.29", "customer_id": 26, "created_via": "checkout",
        "order_key": "wc_order_58d2d042d1d", "payment_method": "przelewy24",
        "billing": {"first_name": "Anna", "last_name": "Nowak", "company": "", "address_1": "ul. Długa 1", "city": "Kraków",
                    "state": "MA", "postcode": "31-146", "country": "PL", "email": "anna@example.com",
                    "phone": "+48600100200"},
        "shipping": {"first_name": "Anna", "city": "Kraków"},
        "meta_data": [{"id": 1, "key": "_optin", "value": "yes"}, {"id": 2, "key": "_x", "value": {"deep": []}}],
        "line_items": [
            {"id": 315, "name": "Acuvue Oasys 30", "product_id": 93, "variation_id": 0, "quantity": 2, "total": "90.00",
             "total_tax": "20.70", "sku": "ACU-30", "price": 45, "image": {"id": "1", "src": "https://optica.pl/acu.png"}},
            {"id": 316, "name": "Płyn", "product_id": 22, "quantity": 1, "total": "15.61", "total_tax": "3.59", "sku": ""},
        ],
        "tax_lines": [], "shipping_lines": [], "fee_lines": [], "coupon_lines": [{"id": 1, "code": "lato10",
        "discount": "10"}],
        "refunds": [], "_links": {"self": [{"href": "https://optica.pl/wp-json/wc/v3/orders/727"}]},
    } | said  # fmt: skip


def shopify_order(number: int = 820982911946154500, **said: Any) -> dict[str, Any]:
    """An order as Shopify sends it, shortened likewise."""
    return {
        "id": number, "name": "#9999", "test": False, "email": "jon@example.com", "contact_email": "jon@example.com",
        "created_at": "2026-05-20T12:00:00+02:00", "updated_at": "2026-05-20T12:05:00+02:00", "cancelled_at": None,
        "currency": "PLN", "total_price": "388.00", "financial_status": "paid", "fulfillment_status": None,
        "buyer_accepts_marketing": False, "source_name": "web", "discount_codes": [{"code": "HALLO", "amount": "20.00"}],
        "customer": {
            "id": 115310627314723950, "email": "john@example.com", "first_name": "Jan", "last_name": "Kowalski",
            "tags": "vip, b2c",
            "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in",
                                        "consent_updated_at": "2026-05-01T08:00:00+02:00"},
            "default_address": {"city": "Lublin", "province": "lubelskie", "country_code": "PL", "phone": "+48500"},
        },
        "line_items": [
            {"id": 866550311766439000, "product_id": 632910392, "variant_id": 808950810, "title": "IPod Nano",
            "vendor": "Apple",
             "quantity": 2, "price": "199.00", "total_discount": "10.00", "sku": "IPOD"},
            {"id": 866550311766439001, "product_id": None, "title": "Gift wrapping", "quantity": 1, "price": "0.00",
            "sku": ""},
        ],
        "fulfillments": [], "refunds": [],
    } | said  # fmt: skip
