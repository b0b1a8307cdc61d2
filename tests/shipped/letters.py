"""What the shipped templates are filled with here: Anna's shop, her order and her year."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.delivery.context import MailContext

FOLDER = Path(__file__).parents[2] / "templates" / "email"
WEBSITE = "https://optyk-zielinska.example"
POSTAL = "Optyk Zielińska, ul. Szeroka 14, 31-053 Kraków, Polska"
CONFIRM = {"purposes": ["marketing", "newsletter", "recipes"], "asked_at": datetime(2026, 9, 1, 15, 0)}
NAMES = {"pl": "Anna", "uk": "Оксана", "ru": "Марина", "en": "Alice"}
LENSES = {
    "id": "ACU-30", "name": "Acuvue Oasys 30", "brand": "Acuvue", "category": "optics/contact-lenses",
    "price": Decimal("64.95"), "url": f"{WEBSITE}/acu-30", "image": None,
}  # fmt: skip
CREAM = {
    "id": "CRM-50", "name": "Krem nawilżający 50 ml", "brand": "Lirene", "category": "cosmetics/face",
    "price": Decimal("38.00"), "url": None, "image": None,
}  # fmt: skip


def letter(
    template: str, language: str, *, named: bool = True, products: tuple[dict[str, Any], ...] = (LENSES,),
    years: int | None = None, issue: date = date(2026, 12, 5), others: bool = True,
) -> MailContext:  # fmt: skip
    """One mail to Anna, or to somebody whose name the shop does not know; `others`: with products that others buy."""
    at = datetime(issue.year, issue.month, issue.day, 10, 0)
    order = _order(products)
    anchor = {"kind": "bought", "at": at, "date": issue, "years": years, "name": None, "order": order,
              "product": None, "properties": {}}  # fmt: skip
    variables = {
        "shop": {"name": "Optyk Zielińska", "website": WEBSITE, "currency": "PLN", "postal": POSTAL},
        "customer": {
            "first_name": NAMES[language] if named else None, "last_name": "Nowak" if named else None, "gender": None,
            "city": None, "country": None, "language": language, "attributes": {},
        },
        "anchors": [anchor], "anchor": anchor, "order": order, "products": list(products), "recommend": [CREAM] if others else [],
        "coupon": None, "confirm": CONFIRM if template == "confirm-consent" else None,
        "title": "A title", "note": "A note", "rule": template, "purpose": _purpose(template),
        "transactional": _purpose(template) == "transactional",
        "link": {name: f"{WEBSITE}/{name}/T" for name in ("unsubscribe", "preferences", "why", "confirm")},
    }  # fmt: skip
    return MailContext(template, (language,), issue, variables, None, f"customer 1, rule {template}", "optyk")


def _order(products: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    lines = [{**product, "quantity": 1, "total": product["price"]} for product in products]
    return {"id": "1001", "total": sum(line["total"] for line in lines), "currency": "PLN", "lines": lines,
            "placed_at": datetime(2026, 9, 1, 15, 0), "delivered_at": datetime(2026, 9, 3, 12, 0)}  # fmt: skip


def _purpose(template: str) -> str:
    if template in ("thank-you", "confirm-consent"):
        return "transactional"
    return "newsletter" if template == "newsletter" else "marketing"
