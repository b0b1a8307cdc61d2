"""POST /api/v1/products."""

from __future__ import annotations

from engine.intake import products
from engine.intake.checking import PRODUCTS
from engine.web.api.receiving import Resource

RESOURCE = Resource("products", PRODUCTS, products.write, "Keep what the shop says of its products")
