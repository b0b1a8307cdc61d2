"""A shop in which every page of the console has something to show."""

from __future__ import annotations

from typing import Any

from engine.clock import DAY, HOUR
from models import Event, Hold, Refund
from tests.web.shopful import NOW, Shopful


def whole_shop(words: str = "") -> Shopful:
    """Anna buys and is mailed, Borys is held and complains, Celina withdrew; every page has something to show."""
    shop = Shopful(words)
    shop.rules()
    anna, borys, celina = (shop.customer(name, name.lower()) for name in ("Anna", "Borys", "Celina"))
    for customer in (anna, borys):
        shop.consent(customer, "marketing")
    shop.consent(celina, "marketing", granted=False, at=NOW - 2 * DAY)
    for number, (customer, days) in enumerate(((anna, 160), (anna, 80), (borys, 40), (celina, 3))):
        shop.order(customer, f"100{number}", NOW - days * DAY, "Acuvue Oasys 30", "ReNu 360 ml")
    Refund.create(
        shop=shop.shop,
        external_id=shop.said("R1"),
        external_order=shop.said("1002"),
        customer=borys,
        at=NOW - 30 * DAY,
        recorded_at=NOW - 30 * DAY,
        amount_minor=6495,
        currency="PLN",
    )
    Event.create(
        shop=shop.shop,
        customer=borys,
        kind="complained",
        at=NOW - 2 * DAY,
        recorded_at=NOW - 2 * DAY,
        topic=shop.said("delivery"),
        properties={shop.said("words"): shop.said("it is late")},
    )
    _mail(shop, anna, borys, celina)
    return shop


def _mail(shop: Shopful, anna: Any, borys: Any, celina: Any) -> None:
    sent = shop.message(anna, "lens-refill")
    shop.decision(anna, "lens-refill", "send", message=sent)
    shop.message(
        celina, "thank-you", purpose="transactional", at=NOW - 3 * DAY, subject=shop.said("Dziękujemy!")
    )
    shop.message(
        borys, "newsletter", "deferred", not_before_at=NOW + HOUR, attempts=2, reply=shop.said("451 later")
    )
    shop.message(borys, "thank-you", "unknown", at=NOW - 40 * DAY, purpose="transactional")
    shop.message(celina, "newsletter", "cancelled", reason="withdrawn", at=NOW - 2 * DAY)
    hold = {"until_at": NOW + 22 * HOUR, "because_of": shop.said("peace while a complaint is open")}
    shop.decision(borys, "lens-refill", "hold", "house_rule", anchor="bought:1", **hold)
    shop.decision(celina, "lens-refill", "refuse", "no_consent", at=NOW - 26 * HOUR)
    Hold.create(
        shop=shop.shop,
        rule="lens-refill",
        customer=borys,
        anchor="bought:1",
        anchor_at=NOW - 80 * DAY,
        due_at=NOW - HOUR,
        expires_at=NOW + 6 * DAY,
        held_at=NOW - HOUR,
        wake_at=NOW + 22 * HOUR,
        reason="house_rule",
        because_of=hold["because_of"],
    )
    shop.caught(
        "anna@example.com",
        shop.said("Anna, time for new lenses"),
        f"<h1>{shop.said('Hello Anna')}</h1>",
        shop.said("Hello"),
    )
