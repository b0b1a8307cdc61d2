"""What a template may know about a mail, read from the store as plain values, for many mails in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from engine import calendar
from engine.config import Config
from engine.consent.confirmation import KIND
from engine.delivery.coupons import coupon_of
from engine.delivery.known import MOST_LISTED, Item, Known, Person, Purchase
from engine.delivery.vocabulary import OF_A_PRODUCT
from engine.outbox.begin import ABOUT_THE_VOID
from engine.profile.best_sellers import Shown


class Mailable(Protocol):
    """A row of the outbox, or a Draft."""

    @property
    def shop_id(self) -> int:
        """Returns whose mail it is."""

    @property
    def customer_id(self) -> int:
        """Returns who gets it."""

    @property
    def rule(self) -> str:
        """Returns which rule wrote it."""

    @property
    def purpose(self) -> str:
        """Returns what the customer consented to."""

    @property
    def template(self) -> str:
        """Returns which folder it is made from."""

    @property
    def anchors(self) -> Sequence[Mapping[str, Any]]:
        """Returns what the decision saw of each anchor, latest first."""

    @property
    def extra(self) -> Mapping[str, Any]:
        """Returns the rule's `with`."""

    @property
    def title(self) -> str | None:
        """Returns the rule's title."""

    @property
    def note(self) -> str | None:
        """Returns the rule's note."""

    @property
    def variant(self) -> str | None:
        """Returns which wording was drawn."""

    @property
    def token(self) -> str:
        """Returns what its links carry."""


@dataclass(frozen=True, slots=True)
class MailContext:
    """One mail's template, languages in order of preference, and variables (engine/delivery/vocabulary.py)."""

    template: str
    languages: tuple[str | None, ...]
    local_date: date  # of the anchor, for the customer: which issue of a newsletter
    variables: Mapping[str, Any]
    variant: str | None
    whom: str  # for faults
    shop: str  # its key


def context_of(mail: Mailable, config: Config, now: int) -> MailContext:
    """Returns the context of one mail as the store knows it."""
    return contexts_of([mail], config, now)[0]


def contexts_of(mails: Sequence[Mailable], config: Config, now: int) -> list[MailContext]:
    """Returns the contexts of several mails, in order, with a handful of queries for all of them."""
    known = Known(mails, config, now)
    return [_context(mail, known, config, now) for mail in mails]


def _context(mail: Mailable, known: Known, config: Config, now: int) -> MailContext:
    shop, customer = known.shops[mail.shop_id], known.customers[mail.customer_id]
    settings = config.shop(shop.key)
    standing = _standing(mail.anchors, known)
    anchors = [_anchor(each, mail, known, settings.currency, customer.zone) for each in standing]
    first = anchors[0] if anchors else None
    beside = [_product(row, None, known.lowest) for row in known.beside.get(id(mail), ())]
    variables = {
        "shop": {"name": settings.name, "website": web(settings.website), "postal": settings.postal,
                 "currency": settings.currency},
        "customer": _customer(customer, known, shop.language),
        "anchors": anchors, "anchor": first, "order": first["order"] if first else None,
        "products": _distinct(anchors),
        "recommend": beside,
        "coupon": coupon_of(mail, known.coupons, customer.zone, now),
        "title": mail.title or mail.rule, "note": mail.note or "", "rule": mail.rule,
        "purpose": mail.purpose, "transactional": mail.purpose == "transactional",
        "link": links(config.public_url, mail.token), "confirm": _confirm(mail, settings.timezone),
    }  # fmt: skip
    at = mail.anchors[0]["at"] if mail.anchors else now
    return MailContext(mail.template, (customer.language, settings.language), calendar.local(at, customer.zone).date(),
                       variables, mail.variant, f"customer {customer.id}, rule {mail.rule}", shop.key)  # fmt: skip


def _confirm(mail: Mailable, zone: str) -> dict[str, Any] | None:
    """Returns the purposes that a mail asks its reader to confirm; None in every other mail."""
    asked = [anchor for anchor in mail.anchors if anchor.get("kind") == KIND]
    if not asked:
        return None
    first = min(anchor["at"] for anchor in asked)
    return {"purposes": [anchor["name"] for anchor in asked], "asked_at": calendar.local(first, zone)}


def _standing(anchors: Sequence[Mapping[str, Any]], known: Known) -> list[Mapping[str, Any]]:
    """Leaves out anchors whose order was cancelled, unless the mail is about just that."""
    kept = [a for a in anchors if a.get("kind") in ABOUT_THE_VOID or a.get("order_id") not in known.void]
    return (kept or list(anchors))[:MOST_LISTED]


def links(public_url: str, token: str) -> dict[str, str]:
    """Returns the addresses that one mail's reader may open; the token alone identifies mail and reader."""
    base = public_url.rstrip("/")
    return {
        "unsubscribe": f"{base}/u/{token}",
        "preferences": f"{base}/p/{token}",
        "why": f"{base}/w/{token}",
        "confirm": f"{base}/y/{token}",
    }


def _customer(row: Person, known: Known, shop_language: str) -> dict[str, Any]:
    return {
        "first_name": row.first_name, "last_name": row.last_name, "gender": row.gender, "city": row.city,
        "country": row.country, "language": row.language or shop_language, "attributes": known.attributes(row),
    }  # fmt: skip


def _anchor(
    anchor: Mapping[str, Any], mail: Mailable, known: Known, currency: str, zone: str
) -> dict[str, Any]:
    order = known.orders.get(anchor.get("order_id") or 0)
    lines = known.lines.get(order.id, []) if order else []
    local = calendar.local(anchor["at"], zone)
    bought = anchor.get("product")
    line = next((each for each in lines if each.product == bought), None)
    product = known.products.get((mail.shop_id, bought)) if bought else None
    event = known.events.get(anchor.get("event") or 0)
    return {
        "kind": anchor.get("kind"), "at": local, "date": local.date(), "years": anchor.get("years"),
        "name": event.name if event else None, "properties": known.properties(event),
        "order": _order(order, lines, known, currency, zone) if order else None,
        "product": _product(product, line, known.lowest, bought) if bought else None,
    }  # fmt: skip


def _order(order: Purchase, lines: Iterable[Item], known: Known, currency: str, zone: str) -> dict[str, Any]:
    # What the customer paid in another currency is shown in it; prices of lines follow in proportion.
    foreign = order.currency != currency and order.total_minor
    rate = Decimal(order.reported_minor) / order.total_minor if foreign else Decimal(1)
    shown = order.currency if foreign else currency
    kept = [line for line in lines if line.void_at is None][:MOST_LISTED]
    return {
        "id": order.external_id, "currency": shown,
        "total": amount(order.reported_minor if foreign else order.total_minor),
        "placed_at": calendar.local(order.at, zone),
        "delivered_at": calendar.local(order.delivered_at, zone) if order.delivered_at else None,
        "lines": [_line(line, known.products.get((line.shop_id, line.product)), known.lowest, rate) for line in kept],
    }  # fmt: skip


def _line(line: Item, product: Shown | None, lowest: Mapping[int, int], rate: Decimal) -> dict[str, Any]:
    price = amount(round(line.price_minor * rate))
    return {
        **_product(product, line, lowest),
        "price": price,
        "quantity": line.quantity,
        "total": price * line.quantity,
    }


def _product(
    product: Shown | None, line: Item | None, lowest: Mapping[int, int], key: str | None = None
) -> dict[str, Any]:
    """Describes a product as it was bought, completed by what the shop says of it now."""

    def known(name: str) -> Any:
        return getattr(line, name, None) or getattr(product, name, None)

    identity = line.product if line else product.external_id if product else key
    price = known("price_minor")
    return {
        "id": identity, "name": known("name") or identity, "brand": known("brand"), "category": known("category"),
        "price": amount(price) if price is not None else None,
        "lowest_30_days": amount(lowest[product.id]) if product and product.id in lowest else None,
        "url": web(known("url")), "image": web(known("image")),
    }  # fmt: skip


def _distinct(anchors: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Lists the products that the anchors are about, each once: the product's own, else those of its order."""
    found: dict[str, Any] = {}
    for anchor in anchors:
        own = (
            [anchor["product"]] if anchor["product"] else anchor["order"]["lines"] if anchor["order"] else []
        )
        for product in own:
            found.setdefault(
                product["id"],
                {key: product[key] for key in OF_A_PRODUCT},
            )
    return list(found.values())[:MOST_LISTED]


def amount(minor: int) -> Decimal:
    """Turns minor units into an exact amount."""
    return Decimal(minor).scaleb(-2)


def web(url: str | None) -> str | None:
    """Returns an address only if it leads to the web: what a shop reports may be anything."""
    return url if url and url.lower().startswith(("https://", "http://")) else None
