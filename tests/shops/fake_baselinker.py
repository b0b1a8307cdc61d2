"""A BaseLinker: orders of shops and marketplaces, statuses of the shop's own, and a journal that support must switch on."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import parse_qsl

from tests.shops.listening import Answer

TOKEN = "token-0123456789"
NEW, PACKED, SENT, GOT, VOID = 8069, 8070, 8071, 8072, 8073
STATUSES = {
    NEW: "Nowe zamówienia",
    PACKED: "Do wysłania",
    SENT: "Wysłane",
    GOT: "Dostarczone",
    VOID: "Anulowane",
}
JOURNAL = 3 * 86400  # seconds that an entry stays


class FakeBaseLinker:
    """One account. `at` is its clock in seconds."""

    def __init__(self, at: int, journal: bool = True) -> None:
        self.at, self.journal = at, journal
        self.orders: dict[int, dict[str, Any]] = {}
        self.logs: list[dict[str, int]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.broken: list[Answer] = []

    def place(self, number: int, **said: Any) -> None:
        """Somebody orders, and it is confirmed at once."""
        self.orders[number] = _order(number, self.at) | said
        self._log(1, number)
        self._log(2, number)

    def change(self, number: int, log: int = 16, **said: Any) -> None:
        """The order is changed."""
        moved = {"date_in_status": self.at} if "order_status_id" in said else {}
        self.orders[number] |= moved | said
        self._log(18 if moved else log, number)

    def remove(self, number: int) -> None:
        """The order is removed."""
        del self.orders[number]
        self._log(4, number)

    def merge(self, number: int, other: int) -> None:
        """The other order becomes part of this one."""
        self.orders[number]["products"] += self.orders.pop(other)["products"]
        self._log(5, number, other)

    def split(self, number: int, new: int) -> None:
        """The last product of an order becomes an order of its own."""
        apart = self.orders[number]["products"].pop()
        self.orders[new] = _order(new, self.at) | {"products": [apart]}
        self._log(6, number, new)

    def _log(self, kind: int, number: int, other: int = 0) -> None:
        entry = {
            "log_id": 1000 + len(self.logs),
            "log_type": kind,
            "order_id": number,
            "object_id": other,
            "date": self.at,
        }
        self.logs.append(entry)

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Answer:
        """Answers as the one address does: 200 whatever is wrong."""
        form = dict(parse_qsl(body.decode()))
        said = json.loads(form["parameters"])
        self.asked.append((form["method"], said))
        if self.broken:
            return self.broken.pop(0)
        if headers.get("x-bltoken") != TOKEN:
            return 200, {
                "status": "ERROR",
                "error_code": "ERROR_BAD_TOKEN",
                "error_message": "Invalid user token",
            }
        return 200, {"status": "SUCCESS", **getattr(self, f"_{form['method']}")(said)}

    def _getOrderStatusList(self, said: dict[str, Any]) -> dict[str, Any]:
        return {
            "statuses": [
                {"id": number, "name": name, "name_for_customer": name} for number, name in STATUSES.items()
            ]
        }

    def _getJournalList(self, said: dict[str, Any]) -> dict[str, Any]:
        young = [
            log
            for log in self.logs
            if log["date"] > self.at - JOURNAL and log["log_id"] > said["last_log_id"]
        ]
        return {
            "logs": [log for log in young if log["log_type"] in said["logs_types"]] if self.journal else []
        }

    def _getOrders(self, said: dict[str, Any]) -> dict[str, Any]:
        found = [
            order for order in self.orders.values()
            if order["order_id"] == said.get("order_id", order["order_id"])
            and (order["confirmed"] or said["get_unconfirmed_orders"])
            and order["date_confirmed"] >= said.get("date_confirmed_from", 0)
        ]  # fmt: skip
        found.sort(key=lambda order: (order["date_confirmed"], order["order_id"]))
        return {"orders": copy.deepcopy(found[:100])}


def _order(number: int, at: int) -> dict[str, Any]:
    return {
        "order_id": number, "shop_order_id": number % 1000, "external_order_id": "", "order_source": "shop",
        "order_source_id": 2598, "order_status_id": NEW, "date_add": at, "date_confirmed": at, "date_in_status": at,
        "confirmed": True, "user_login": "", "email": "anna@example.com", "phone": "+48600100200", "currency": "PLN",
        "payment_method": "Przelewy24", "payment_method_cod": "0", "payment_done": 0, "delivery_price": 12.99,
        "delivery_fullname": "Anna Maria Nowak", "delivery_company": "", "delivery_city": "Kraków",
        "delivery_country_code": "PL", "delivery_state": "małopolskie",
        "products": [
            {"order_product_id": 1, "product_id": "5434", "variant_id": "52124", "name": "Acuvue Oasys 30", "sku": "ACU-30",
             "ean": "1597368451236", "price_brutto": 64.95, "tax_rate": 23, "quantity": 2, "bundle_id": 0, "auction_id": "0"},
            {"order_product_id": 2, "product_id": "", "name": "Płyn", "sku": "", "ean": "590000", "quantity": 1,
             "price_brutto": 19.989999771118164},
        ],
    }  # fmt: skip
