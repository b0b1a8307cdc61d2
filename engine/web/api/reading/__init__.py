"""GET of what shops have told: lists page by page, and single items, in the shapes in which they were sent."""

from __future__ import annotations

from apiflask import APIBlueprint, APIFlask
from werkzeug.routing import BaseConverter

from engine.reports.readback import consents, customers, events, messages, orders, products, refunds
from engine.reports.readback.events import KINDS
from engine.web.api.reading.asking import Filter
from engine.web.api.reading.listing import Listing, add_listing

__all__ = ["LISTINGS", "add_readings", "any_id"]
UPDATED = Filter(
    "updated_since", "only what the shop changed then or later", moment=True, example="2026-01-01T00:00:00Z"
)
SINCE = Filter("since", "only what happened then or later", moment=True, example="2026-01-01T00:00:00Z")
CUSTOMER = Filter("customer", "only of this customer: the shop's id, or an address", example="c1")
LISTINGS = (
    Listing("orders", "Order", "List orders as they stand", orders.orders, (UPDATED, CUSTOMER), orders.order, "Show one order"),
    Listing(
        "customers", "Customer", "List customers as they are known", customers.customers,
        (UPDATED, Filter("email", "only those of this mailbox, guests too", example="anna@example.com")),
        customers.customer, "Show one customer",
    ),
    Listing(
        "products", "Product", "List products as they are known", products.products, (UPDATED,), products.product,
        "Show one product",
    ),
    Listing(
        "events", "Event", "List events", events.events,
        (SINCE, Filter("kind", "only events of this kind", values=KINDS, example="viewed"), CUSTOMER), events.event,
        "Show one event",
    ),
    Listing("consents", "ConsentLine", "List lines of the consent ledger", consents.consents, (SINCE, CUSTOMER)),
    Listing(
        "refunds", "Refund", "List refunds", refunds.refunds,
        (SINCE, Filter("order", "only of this order", example="1001")), refunds.refund, "Show one refund",
    ),
    Listing(
        "messages", "Message", "List mails: to whom, why, and what became of them", messages.messages,
        (
            Filter("since", "only mails that are open, or have ended then or later", moment=True, example="2026-01-01T00:00:00Z"),
            CUSTOMER,
            Filter("rule", "only mails of this rule", example="thank-you"),
            Filter("state", "only mails in this state", values=messages.STATES, example="sent"),
        ),
        messages.message, "Show one mail",
    ),
)  # fmt: skip


class Anything(BaseConverter):
    """An id of a shop's: any text at all, slashes included."""

    regex = ".+?"
    part_isolating = False


def any_id(app: APIFlask) -> None:
    """Lets addresses end in an id that holds slashes, one after another even, without being redirected."""
    app.url_map.converters["anything"] = Anything
    app.url_map.merge_slashes = False


def add_readings(api: APIBlueprint) -> None:
    """Adds the lists."""
    for listing in LISTINGS:
        add_listing(api, listing)
