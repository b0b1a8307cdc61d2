"""A mail's facts as tests write them: Anna's order at an optician's."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.delivery.context import MailContext

SHIPPED = Path(__file__).parents[2] / "templates" / "email"
PRODUCT = {
    "id": "ACU-30", "name": "Acuvue Oasys 30", "brand": "Acuvue", "category": "optics/contact-lenses",
    "price": Decimal("64.95"), "url": "https://optyk.example/acu-30", "image": None,
}  # fmt: skip
LINE = {**PRODUCT, "quantity": 2, "total": Decimal("129.90")}
ORDER = {
    "id": "1001", "total": Decimal("129.90"), "currency": "PLN", "placed_at": datetime(2026, 3, 1, 10, 0),
    "delivered_at": None, "lines": [LINE],
}  # fmt: skip


def variables(**changed: Any) -> dict[str, Any]:
    """Everything that a template may use, with what the test changes; `customer` is changed field by field."""
    anchor = {"kind": "ordered", "at": ORDER["placed_at"], "date": date(2026, 3, 1), "years": None, "name": None,
              "order": ORDER, "product": None, "properties": {}}  # fmt: skip
    customer = {"first_name": "Anna", "last_name": "Nowak", "gender": "female", "city": "Kraków", "country": "PL",
                "language": "pl", "attributes": {}} | changed.pop("customer", {})  # fmt: skip
    base = "https://optyk.example"
    return {
        "shop": {"name": "Optyk Zielińska", "website": base, "currency": "PLN",
                 "postal": "Optyk Zielińska, ul. Szeroka 14, 31-053 Kraków"},
        "customer": customer, "anchors": [anchor], "anchor": anchor, "order": ORDER, "products": [PRODUCT],
        "recommend": [], "coupon": None, "confirm": None, "title": "A title", "note": "A note", "rule": "a-rule",
        "purpose": "marketing", "transactional": False,
        "link": {"unsubscribe": f"{base}/u/T", "preferences": f"{base}/p/T", "why": f"{base}/w/T"},
    } | changed  # fmt: skip


def context(
    template: str = "thank-you", languages: tuple[str | None, ...] = ("pl",), **changed: Any
) -> MailContext:
    """One mail to Anna."""
    return MailContext(
        template, languages, date(2026, 3, 1), variables(**changed), None, "customer 1, rule a-rule", "optyk"
    )


def write(folder: Path, files: dict[str, str]) -> Path:
    """Writes templates into a folder of the test."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def section(text: str) -> str:
    """The smallest body."""
    return f"<mj-section>\n<mj-column>\n<mj-text>{text}</mj-text>\n</mj-column>\n</mj-section>\n"
