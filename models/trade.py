"""Products, orders, lines, refunds, and whatever else a shop reports."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Json, Table
from models.people import Customer, Shop

SUPPLIES_TO_DATE = "supplies to be dated"  # a setting: lines from before the server knew what runs out


class ProductFields(Table):
    """What a product is; shared with its former versions."""

    name = CharField(null=True)
    category = CharField(null=True)  # a path: optics/contact-lenses
    brand = CharField(null=True)
    price_minor = BigIntegerField(null=True)  # in the shop's currency
    stock = IntegerField(null=True)
    lasts_days = IntegerField(null=True)  # how long one piece lasts
    url = TextField(null=True)
    image = TextField(null=True)


class Product(ProductFields):
    """Something a shop sells, as known now."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    external_id = CharField(max_length=128)
    recorded_at = Instant()
    updated_at = Instant()

    class Meta:
        indexes = ((("shop", "external_id"), True), (("shop", "category"), False))


class ProductVersion(ProductFields):
    """What a product was until `until_at`."""

    product = ForeignKeyField(Product, on_delete="CASCADE", index=False)
    recorded_at = Instant()
    until_at = Instant()

    class Meta:
        indexes = ((("product", "until_at"), False),)


class PriceDay(Table):
    """What a product cost on a day of the shop's on which its price was told: days between cost what the last one ended with."""

    product = ForeignKeyField(Product, on_delete="CASCADE", index=False)
    day = CharField(max_length=10)  # YYYY-MM-DD
    lowest_minor = BigIntegerField(null=True)
    last_minor = BigIntegerField(null=True)  # at its end; null: no price

    class Meta:
        indexes = ((("product", "day"), True),)


class Order(Table):
    """An order as its newest version says, settled: what `void_at` names counts as never having happened from then on."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    external_id = CharField(max_length=128)
    at = Instant()  # placed
    recorded_at = Instant()  # first learned
    updated_at = Instant()
    status = CharField(max_length=16)
    currency = CharField(max_length=3)  # as the shop reported it
    total_minor = BigIntegerField()  # in the shop's currency
    reported_minor = BigIntegerField()  # in the order's currency
    coupon = CharField(null=True, max_length=64)
    channel = CharField(null=True, max_length=64)
    shipped_at = Instant(null=True)
    delivered_at = Instant(null=True)
    delivered_recorded_at = Instant(null=True)
    cancelled_at = Instant(null=True)  # cancelled or failed
    cancelled_recorded_at = Instant(null=True)
    void_at = Instant(null=True)  # cancelled, or everything refunded
    void_recorded_at = Instant(null=True)

    class Meta:
        table_name = "orders"
        indexes = (
            (("shop", "external_id"), True),
            (("shop", "at"), False),
            (("customer", "at"), False),
            (("shop", "delivered_at"), False),
            (("shop", "cancelled_at"), False),
        )


class OrderVersion(Table):
    """One version of an order as a shop sent it: its moments, so that the order of arrival does not matter."""

    order = ForeignKeyField(Order, on_delete="CASCADE", index=False)
    updated_at = Instant()
    status = CharField(max_length=16)
    shipped_at = Instant(null=True)
    delivered_at = Instant(null=True)
    cancelled_at = Instant(null=True)
    recorded_at = Instant()
    digest = CharField(max_length=64)  # of its whole content

    class Meta:
        indexes = ((("order", "updated_at"), False), (("order", "digest"), False))


class Line(Table):
    """One product of an order: lines of one product are summed. It keeps what it was reported with."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    order = ForeignKeyField(Order, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    product = CharField(max_length=128)  # the shop's id
    at = Instant()  # the order's
    recorded_at = Instant()
    name = CharField(null=True)
    category = CharField(null=True)
    brand = CharField(null=True)
    price_minor = BigIntegerField()  # a piece, in the shop's currency
    quantity = IntegerField()
    refunded_quantity = IntegerField(default=0)
    url = TextField(null=True)
    image = TextField(null=True)
    void_at = Instant(null=True)
    void_recorded_at = Instant(null=True)
    runs_out_at = Instant(null=True)  # when what was bought is used up, where the shop says how long it lasts
    runs_out_recorded_at = Instant(null=True)  # since when that is known; a date that moves keeps it

    class Meta:
        indexes = (
            (("order", "product"), True),
            (("shop", "at"), False),
            (("shop", "product", "at"), False),
            (("shop", "category", "at"), False),
            (("customer", "at"), False),
        )


Line.add_index(  # only lines that run out are in it, so that other shops pay nothing for it
    Line.index(Line.shop, Line.runs_out_at, where=Line.runs_out_at.is_null(False), name="line_runs_out")
)


class Refund(Table):
    """Money given back. `order` is joined as soon as it is known."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    external_id = CharField(max_length=128)
    external_order = CharField(max_length=128)
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", index=False)
    at = Instant()
    recorded_at = Instant()
    whole = IntegerField(default=0)  # 1: the whole order, however much that is
    amount_minor = BigIntegerField(
        null=True
    )  # in the shop's currency; null until the order is known where lines say it
    currency = CharField(null=True, max_length=3)

    class Meta:
        indexes = (
            (("shop", "external_id"), True),
            (("shop", "external_order"), False),
            (("order", "at"), False),
            (("customer", "at"), False),
            (("shop", "at"), False),
        )


class RefundLine(Table):
    """Which product of the order came back, and how many pieces."""

    refund = ForeignKeyField(Refund, on_delete="CASCADE", index=False)
    product = CharField(max_length=128)
    quantity = IntegerField()
    line = ForeignKeyField(Line, null=True, on_delete="CASCADE", index=False)

    class Meta:
        indexes = ((("refund", "product"), True), (("line",), False))


class Event(Table):
    """Anything else that happened to a customer: web visits, dialogue, complaints, loyalty, the shop's own events."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", index=False)
    external_customer = CharField(
        null=True, max_length=320
    )  # named before the customer is known: "id:…" or "email:…"
    external_id = CharField(null=True, max_length=128)
    # a fact of RULES.md: viewed, complained, …, or `event`; or order_deleted, order_restored, which are nobody's and no facts
    kind = CharField(max_length=32)
    name = CharField(null=True, max_length=128)  # of an `event`
    at = Instant()
    recorded_at = Instant()
    product = CharField(null=True, max_length=128)
    category = CharField(null=True)
    brand = CharField(null=True)
    price_minor = BigIntegerField(null=True)
    quantity = IntegerField(null=True)
    external_order = CharField(null=True, max_length=128)
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", index=False)
    topic = CharField(null=True, max_length=128)
    complaint = CharField(null=True, max_length=128)  # complaint_closed: the id of the complaint
    properties = Json(default=dict)  # everything else: words, rating, score, survey, points, tier, …

    class Meta:
        indexes = (
            (("shop", "external_id"), True),
            (("shop", "kind", "at"), False),
            (("shop", "kind", "name", "at"), False),
            (("customer", "kind", "at"), False),
            (("shop", "external_customer"), False),
            (("shop", "external_order"), False),
        )


Event.add_index(  # who was interested in a product of late
    Event.index(
        Event.shop, Event.product, Event.at, where=Event.product.is_null(False), name="event_of_product"
    )
)

# Lists of the API go by these: in the order in which the shop changed things, and never through another shop's rows.
Order.add_index(Order.index(Order.shop, Order.updated_at, Order.id, name="orders_as_updated"))
Product.add_index(Product.index(Product.shop, Product.updated_at, Product.id, name="products_as_updated"))
