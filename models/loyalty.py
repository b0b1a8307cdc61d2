"""Coupon codes, the pools that some are taken from, and which products are bought together."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField, fn

from models.base import Instant, Table
from models.people import Customer, Shop
from models.sending import Message
from models.trade import Order


class Coupon(Table):
    """A code that a mail brings along. Whether it is used, withdrawn or over is worked out, never written here."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    code = CharField(max_length=64)
    folded = CharField(max_length=64)  # in capitals, as orders are compared with it
    pool = CharField(null=True, max_length=64)  # None: made by us
    rule = CharField(max_length=128)
    message = ForeignKeyField(Message, null=True, unique=True, on_delete="SET NULL")
    customer = ForeignKeyField(Customer, null=True, on_delete="SET NULL")
    percent = IntegerField()
    valid_until = CharField(max_length=10)  # the last day, on the customer's calendar
    expires_at = Instant()  # from here on it is over: the midnight after that day
    issued_at = Instant()

    class Meta:
        indexes = ((("shop", "folded"), True), (("shop", "rule", "issued_at"), False))


class PoolCode(Table):
    """A code that a shop has brought, not yet in a mail; it is deleted when it becomes a coupon."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    pool = CharField(max_length=64)
    code = CharField(max_length=64)
    folded = CharField(max_length=64)
    added_at = Instant()

    class Meta:
        indexes = ((("shop", "folded"), True), (("shop", "pool"), False))


class Together(Table):
    """What customers who bought a product bought as well, the likeliest first; worked out anew every day."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    product = CharField(max_length=128)  # the shop's id
    other = CharField(max_length=128)
    weight = IntegerField()  # in millionths: how alike their buyers are

    class Meta:
        indexes = ((("shop", "product", "other"), True),)


Order.add_index(  # orders without a coupon are not in it, so that intake pays nothing for them
    Order.index(
        Order.shop, fn.UPPER(Order.coupon), where=Order.coupon.is_null(False), name="orders_of_coupon"
    )
)
