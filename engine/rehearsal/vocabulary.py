"""The keys that rule tests know: one table, read by the reader of test files and by docs."""

from __future__ import annotations

from engine.rulebook.vocabulary import FACTS

FILE_KEYS = ("shop", "rules", "policy", "until", "holdout", "tests")
TEST_KEYS = ("test", "shop", "rules", "policy", "until", "holdout", "given", "expect", "note")
SHOP_KEYS = ("shop", "name", "timezone", "currency", "country", "language")
COMMON = ("at", "recorded_at")
CUSTOMER_FIELDS = (
    "first_name", "last_name", "gender", "birthday", "phone", "city", "region", "country", "language", "timezone",
    "tags", "attributes", "source",
)  # fmt: skip
LINE_KEYS = ("product", "name", "category", "brand", "price", "quantity")
REFUND_LINE_KEYS = ("product", "quantity")

GIVEN: dict[str, tuple[str, ...]] = {
    "customer": ("id", "email", "consent", "signed_up", "age", *CUSTOMER_FIELDS, *COMMON),
    "product": ("id", "name", "category", "brand", "price", "stock", "lasts", "url", "image", *COMMON),
    "ordered": ("customer", "id", "lines", "total", "currency", "coupon", "channel", *COMMON),
    "delivered": ("customer", "order", *COMMON),
    "cancelled": ("customer", "order", *COMMON),
    "refunded": ("customer", "order", "lines", "amount", "id", *COMMON),
    "consented": ("customer", "purpose", "source", *COMMON),
    "withdrew": ("customer", "purpose", "source", *COMMON),
    "complained": ("customer", "id", "order", *FACTS["complained"].filters, *COMMON),
    "complaint_closed": ("customer", "complaint", *FACTS["complaint_closed"].filters, *COMMON),
}
GOOD = (
    "product",
    "category",
    "brand",
    "price",
)  # what the server keeps of the product that an offer is about
GIVEN |= {
    "bought": ("customer", "id", *GOOD, "quantity", *COMMON),
    "price_dropped": ("customer", *GOOD, "percent", *COMMON),
    "back_in_stock": ("customer", *GOOD, *COMMON),
}
# What the calendar brings round cannot be given: it follows from the customer or from orders.
NOT_GIVEN = {
    "birthday": "give the customer a birthday",
    "anniversary": "give the first order, a year or more before",
    "runs_out": "give the product how long it lasts, as lasts: 30 days, and a purchase that long before",
}
for _kind, _fact in FACTS.items():
    if _kind not in GIVEN and _kind not in NOT_GIVEN:
        GIVEN[_kind] = ("customer", "id", "order", *_fact.filters, *COMMON)

NEED = {
    "ordered": ("customer", "at"),
    "customer": ("id",),
    "product": ("id",),
    "complaint_closed": ("at", "complaint"),
    "price_dropped": ("customer", "at", "product"),
    "back_in_stock": ("customer", "at", "product"),
}
OUTCOMES = ("send", "refuse", "hold", "expire")
EXPECT_KEYS = ("at", *OUTCOMES, "to", "reason", "subject", "subject_has", "text_has")
