"""Station 1: what shops tell us becomes facts."""

from engine.intake.accepting import Accepted
from engine.intake.consents import accept_consents
from engine.intake.customers import accept_customers
from engine.intake.events import accept_events
from engine.intake.orders import accept_orders
from engine.intake.products import accept_products
from engine.intake.refunds import accept_refunds
from engine.intake.shops import sync_shops

__all__ = [
    "Accepted", "accept_consents", "accept_customers", "accept_events", "accept_orders", "accept_products",
    "accept_refunds", "sync_shops",
]  # fmt: skip
