"""Messages as shops, shop systems and mail services really send them, rightly proven, of customers and orders that come again."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.fuzz.world import World
from tests.intake.optica import line, order
from tests.web.webhooks.mail_services import EVENTS
from tests.web.webhooks.shops import shopify_order, woo_order

PEOPLE = ("anna", "borys", "celina", "dorota", "emil")
WHAT = ("hard", "soft", "spam_report", "unsubscribed", "delivered", "delayed", "ignored")
SERVICES = tuple(sorted(EVENTS))


def ours(random: Random, resource: str) -> dict[str, Any]:
    """Returns a good item of our own API, one of a few hundred, so that it often meets what is there already."""
    name, number = random.choice(PEOPLE), str(random.randrange(300))
    who = {"id": name, "email": f"{name}@example.com"}
    day = f"2026-0{random.randrange(1, 6)}-1{random.randrange(10)}T10:00:00+01:00"
    items: dict[str, dict[str, Any]] = {
        "orders": order(
            number, placed_at="2026-01-05T10:00:00+01:00", updated_at=day, coupon="LATO-10", channel="web",
            status=random.choice(("pending", "paid", "shipped", "delivered", "cancelled")), lines=[line(),
                line("SOL-1", price="30.00")],
            customer=who | {"first_name": "Anna", "birthday": "1990-04-12", "tags": ["b2c"],
                "attributes": {"eye": "L"}, "country": "PL",
                            "consent": {"marketing": {"granted": True, "at": day, "source": "checkout",
                                "wording": "Yes"}}},
        ),
        "customers": who | {"timezone": "Europe/Kyiv", "gender": "female", "language": "uk", "updated_at": day,
            "phone": "+48600100200"},
        "products": {"id": f"P{number}", "name": "Lenses", "price": "1.00", "stock": 3, "category": "optics/lenses",
            "lasts_days": 30,
                     "brand": "Acuvue", "url": "https://optyk.example/p", "updated_at": day},
        "events": {"id": f"e{number}", "kind": "event", "name": "visit", "customer": who, "order": number, "at": day,
            "properties": {"n": 1}},
        "consents": {"customer": who, "purpose": "marketing", "granted": random.random() < 0.5, "at": day,
            "source": "page"},
        "refunds": {"id": f"r{number}", "order": number, "amount": "1.00", "at": day, "lines": [{"product": "ACU-30",
            "quantity": 1}]},
    }  # fmt: skip
    return items[resource]


RESOURCES = ("orders", "customers", "products", "events", "consents", "refunds")


def of_woocommerce(random: Random) -> tuple[str, dict[str, Any]]:
    """Returns a topic of WooCommerce and its message."""
    number = 700 + random.randrange(200)
    changed = f"2026-05-{random.randrange(10, 30)}T10:05:00"
    refund = {"id": 900 + number, "reason": "", "total": "-15.00"}
    product = {
        "id": 93, "name": "Acuvue Oasys 30", "permalink": "https://optyk.example/acu", "price": "64.95",
        "manage_stock": True,
        "stock_quantity": 7, "stock_status": "instock", "categories": [{"id": 9, "name": "Soczewki",
            "slug": "soczewki"}],
        "brands": [{"id": 1, "name": "Acuvue"}], "images": [{"src": "https://optyk.example/a.png"}],
        "attributes": [{"name": "Marka", "options": ["Acuvue"]}], "date_created_gmt": "2025-01-01T10:00:00",
        "date_modified_gmt": changed,
    }  # fmt: skip
    customer = {"id": 26, "email": "anna@example.com", "first_name": "Anna", "last_name": "Nowak",
        "date_created_gmt": "2025-01-01T10:00:00",
                "date_modified_gmt": changed, "billing": {"city": "Łódź", "country": "pl",
                    "phone": "600100200"}}  # fmt: skip
    status = random.choice(
        ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "wyslane")
    )
    sent = woo_order(
        number,
        status=status,
        date_modified_gmt=changed,
        customer_id=random.choice((0, 26)),
        refunds=random.choice(([], [refund])),
    )
    return random.choice((
        ("order.created", sent), ("order.updated", sent), ("order.updated", sent), ("order.deleted", {"id": number}),
        ("product.updated", product), ("customer.created", customer), ("coupon.created", {"id": 5, "code": "lato10"}),
    ))  # fmt: skip


def of_shopify(random: Random) -> tuple[str, dict[str, Any]]:
    """Returns a topic of Shopify and its message."""
    number, jan = 5000 + random.randrange(200), 115310627314723950 + random.randrange(3)
    refund = {
        "id": number, "order_id": number, "created_at": "2026-05-22T08:00:00+02:00",
        "refund_line_items": [{"id": 1, "quantity": 1, "line_item": {"product_id": 632910392, "title": "IPod Nano"}}],
        "transactions": [{"kind": "refund", "status": "success", "amount": "19.00", "currency": "PLN"}],
    }  # fmt: skip
    sent = shopify_order(number, refunds=random.choice(([], [refund])),
        updated_at=f"2026-05-{random.randrange(20, 30)}T12:05:00+02:00",
                         fulfillment_status=random.choice((None, "partial", "fulfilled")),
                         fulfillments=[{"shipment_status": "delivered",
                             "updated_at": "2026-05-25T12:00:00+02:00"}])  # fmt: skip
    sent["customer"]["id"] = jan
    consent = {"customer_id": jan, "email_address": "john@example.com", "email_marketing_consent": {
        "state": random.choice(("subscribed", "unsubscribed", "pending")),
        "consent_updated_at": "2026-05-23T08:00:00+02:00"}}  # fmt: skip
    product = {"id": 632910392, "title": "IPod Nano", "vendor": "Apple", "product_type": "audio/players",
        "updated_at": "2026-05-23T08:00:00Z",
               "variants": [{"price": "199.00", "inventory_management": "shopify", "inventory_quantity": 3}],
               "image": {"src": "https://cdn.example/ipod.png"}}  # fmt: skip
    cart = {"id": 7, "token": f"t{number}", "email": "john@example.com", "created_at": "2026-05-23T08:00:00+02:00",
        "completed_at": None,
            "line_items": [{"product_id": 632910392, "title": "IPod", "vendor": "Apple", "quantity": 2}]}  # fmt: skip
    wish = {
        "shop_id": 1,
        "customer": {"id": jan, "email": "john@example.com", "phone": None},
        "orders_to_redact": [number],
    }
    return random.choice((
        ("orders/create", sent), ("orders/updated", sent), ("orders/updated", sent), ("orders/delete",
            {"id": number}), ("refunds/create", refund),
        ("customers/update", sent["customer"] | {"created_at": "2026-01-01T08:00:00Z",
            "updated_at": "2026-05-23T08:00:00Z"}),
        ("customers_email_marketing_consent/update", consent), ("products/update", product), ("checkouts/update", cart),
        ("customers/data_request", wish), ("customers/redact", wish), ("shop/redact", {"shop_id": 1}),
    ))  # fmt: skip


def of_service(random: Random, world: World, name: str) -> Any:
    """Returns what a mail service tells of Anna's mail, or of somebody else's."""
    whom = random.choice(("anna@example.com", "borys@example.com"))
    return EVENTS[name](world, world.mail, random.choice(WHAT), whom)


def of_horoshop(random: Random) -> tuple[str, dict[str, Any]]:
    """Returns an event of Horoshop and what it puts."""
    number = 1000 + random.randrange(200)
    sent = {
        "order_id": number, "user": 17, "stat_created": "2026-05-20 12:00:00", "stat_status": random.randrange(8),
        "payed": 0,
        "currency": "PLN", "total_sum": 129.9, "delivery_name": "Oksana", "delivery_email": "oksana@example.com",
        "delivery_phone": "+380501112233", "delivery_city": "Lviv", "coupon_code": None,
        "products": [{"article": "ACU-30", "title": "Acuvue", "price": 64.95, "quantity": 2, "total_price": 129.9}],
    }  # fmt: skip
    person = {"id": 17, "email": "oksana@example.com", "title": "Oksana", "phone": "+380501112233"}
    event = random.choice(
        ("order_created", "order_paid", "order_update", "user_signup", "user_update", "comments_created")
    )
    return event, person if event.startswith("user") else {
        "orders": [sent]
    } if random.random() < 0.3 else sent


def of_a_page(random: Random) -> dict[str, Any]:
    """Returns what a visitor's browser tells."""
    did = [
        {"id": f"e{random.randrange(10**6):06}", "did": random.choice(("view", "cart", "search", "leave")), "ago": 5,
            "page": "/lenses?x=1",
         "product": "ACU-30", "category": "optics/lenses", "words": "soft lenses", "quantity": 1}
        for _ in range(random.randrange(1, 4))
    ]  # fmt: skip
    return {
        "visitor": f"visitor{random.randrange(30):018}", "visit": f"visit{random.randrange(60):05}", "device": "phone",
        "site": "google.com", "source": "google", "medium": "cpc", "events": did,
        "ties": [{"by": random.choice(("identify", "order", "click")), "token": "1780354101.YW5uYQ." + "0" * 64}],
    }  # fmt: skip
