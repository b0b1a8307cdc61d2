"""What a rule test gives becomes what a shop would have sent, each at the minute in which the server learns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.config import Config
from engine.errors import IntakeError
from engine.intake.accepting import begin
from engine.intake.consents import accept_consents
from engine.intake.customers import accept_customers
from engine.intake.events import accept_events
from engine.intake.orders import accept_orders
from engine.intake.products import accept_products
from engine.intake.refunds import accept_refunds
from engine.rehearsal.cases import Case, Given
from engine.rehearsal.made_here import MADE_HERE
from engine.rehearsal.naming import BEGINNING, amount_of, born, customers_of, email_of, iso, name_of
from engine.rehearsal.vocabulary import CUSTOMER_FIELDS
from engine.rulebook.findings import Refused
from engine.store import Store
from models import Shop

EVENT_COLUMNS = frozenset({
    "id", "name", "product", "category", "brand", "price", "quantity", "order", "topic", "complaint",
})  # fmt: skip


@dataclass(slots=True)
class Feed:
    """Hands over one test's facts, in the order in which they are learned."""

    store: Store
    config: Config
    shop: Shop
    case: Case
    orders: dict[str, dict[str, Any]]
    known: set[str]

    def plan(self) -> list[tuple[int, Callable[[], object]]]:
        """Returns what to do when; raises Refused where a fact refers to an order that is not given."""
        self._name_orders()
        steps: list[tuple[int, Callable[[], object]]] = [(BEGINNING, self._begin_customers)]
        for item in self.case.given:
            at = item.learned_at
            if item.kind == "customer" and at is None:
                if not self._signs_up_meanwhile(item):
                    continue
                at = item.keys["signed_up"]
            learned = at if at is not None else BEGINNING
            steps.append((learned, self._step(item, learned)))
        return sorted(steps, key=lambda step: step[0])

    def _step(self, item: Given, learned: int) -> Callable[[], object]:
        told = self._made_here if item.kind in MADE_HERE else self._event
        act = getattr(self, f"_{item.kind}", told)

        def step() -> object:
            try:
                return act(item, learned)
            except IntakeError as error:
                raise Refused(item.place, error.message) from error

        return step

    # --- customers ------------------------------------------------------------------------------------

    def _begin_customers(self) -> None:
        """Makes everybody known who is not said to come later, with consent from the beginning of time."""
        for name in customers_of(self.case.given):
            if not self._comes_later(name):
                self._first(name, {}, BEGINNING, BEGINNING)

    def _comes_later(self, name: str) -> bool:
        mine = [item for item in self.case.given if name_of(item) == name]
        if any(item.kind == "signed_up" for item in mine):
            return True
        undated = [item for item in mine if item.kind == "customer" and item.at is None]
        if undated:
            return any(self._signs_up_meanwhile(item) for item in undated)
        firsts = [item.learned_at or 0 for item in mine if item.kind == "customer"]
        others = [item.learned_at or 0 for item in mine if item.kind != "customer"]
        return bool(firsts) and min(firsts) <= min(others, default=min(firsts))

    def _signs_up_meanwhile(self, item: Given) -> bool:
        """Says whether somebody without an `at` signs up while the clock runs, and so is known from that moment."""
        return item.at is None and (item.keys.get("signed_up") or 0) >= self.case.start

    def _first(self, name: str, said: dict[str, Any], at: int, now: int) -> None:
        """Writes a customer down for the first time, with what is so from the beginning and what is said now."""
        always: dict[str, Any] = {}
        for item in self.case.given:
            if item.kind == "customer" and name_of(item) == name and (item.at is None or item.at == at):
                always |= item.keys
        always |= said
        consent = always.get("consent", ["marketing"])
        body = {
            "id": name, "email": email_of(name, always), "signed_up_at": iso(always.get("signed_up", at)), "updated_at": iso(at),
            **self._fields(always, at),
            "consent": {p: {"granted": True, "at": iso(BEGINNING), "proof": "given"} for p in consent},
        }  # fmt: skip
        self.known.add(name)
        # What is so from the beginning is told as history, by somebody who speaks when the test begins.
        told_at = self.case.start if at == BEGINNING else now
        accept_customers(self.store, self.config, self.shop, [body], told_at, history=at == BEGINNING)

    def _customer(self, item: Given, now: int) -> None:
        name, at = str(item.keys["id"]), item.at or now
        if name not in self.known:
            return self._first(name, dict(item.keys), at, now)
        body: dict[str, Any] = {"id": name, "updated_at": iso(at), **self._fields(item.keys, at)}
        if "signed_up" in item.keys:
            body["signed_up_at"] = iso(item.keys["signed_up"])
        if "email" in item.keys:
            body["email"] = email_of(name, item.keys)
        if "consent" in item.keys:
            # Confirmed, where the shop confirms: a rule test says what holds, not how it came about.
            said = {"granted": True, "at": iso(at), "confirmed_at": iso(at)}
            body["consent"] = dict.fromkeys(item.keys["consent"], said)
        accept_customers(self.store, self.config, self.shop, [body], now)

    def _fields(self, said: Mapping[str, Any], at: int) -> dict[str, Any]:
        found = {key: said[key] for key in CUSTOMER_FIELDS if said.get(key) is not None}
        if said.get("age") is not None and "birthday" not in found:
            found["birthday"] = born(int(said["age"]), max(at, self.case.start), self.case.shop.timezone)
        return found

    def _signed_up(self, item: Given, now: int) -> None:
        said = {"source": item.keys["source"]} if item.keys.get("source") else {}
        self._first(str(item.keys["customer"]), said, item.at or now, now)

    def _consented(self, item: Given, now: int) -> None:
        self._consent(item, now, True)

    def _withdrew(self, item: Given, now: int) -> None:
        self._consent(item, now, False)

    def _consent(self, item: Given, now: int, granted: bool) -> None:
        body = {"customer": {"id": str(item.keys["customer"])}, "purpose": item.keys.get("purpose", "marketing"),
                "granted": granted, "at": iso(item.at or now), "source": item.keys.get("source")}  # fmt: skip
        body |= {"confirmed_at": body["at"]} if granted else {}
        accept_consents(self.store, self.config, self.shop, [body], now)

    # --- products and orders --------------------------------------------------------------------------

    def _product(self, item: Given, now: int) -> None:
        body = {k: v for k, v in item.keys.items() if k != "lasts"} | {
            "updated_at": iso(item.at or BEGINNING)
        }
        if body.get("price") is not None:
            body["price"], currency = amount_of(body["price"])
            body |= {"currency": currency} if currency else {}
        if "lasts" in item.keys:
            body["lasts_days"] = item.keys["lasts"]
        accept_products(self.store, self.config, self.shop, [body], now, history=item.at is None)

    def _name_orders(self) -> None:
        """Gives orders without an id one, and keeps what each said, since every version says it whole."""
        orders = [each for each in enumerate(self.case.given, 1) if each[1].kind == "ordered"]
        for number, item in sorted(orders, key=lambda each: each[1].at or 0):
            id_ = str(item.keys.get("id") or f"order-{number}")
            self.orders.setdefault(id_, self._order_body(id_, item))

    def _order_body(self, id_: str, item: Given) -> dict[str, Any]:
        lines = [self._line(line) for line in item.keys.get("lines", ())]
        currency = self._currency(item, lines)
        body = {
            "id": id_, "placed_at": iso(item.at or 0), "updated_at": iso(item.at or 0), "status": "paid",
            "customer": {"id": str(item.keys["customer"])}, "lines": lines,
            "currency": currency,
        }  # fmt: skip
        if "total" in item.keys or not lines:
            body["total"] = amount_of(item.keys.get("total", "0"))[0]
        return body | {key: item.keys[key] for key in ("coupon", "channel") if item.keys.get(key)}

    def _currency(self, item: Given, lines: list[dict[str, Any]]) -> str:
        """Returns the one currency of an order, and leaves bare amounts in its lines."""
        said = [item.keys.get("currency"), amount_of(item.keys.get("total", "0"))[1]]
        for line in lines:
            line["price"], currency = amount_of(line["price"])
            said.append(currency)
        found = sorted({currency for currency in said if currency})
        if len(found) > 1:
            raise Refused(item.place, f"an order has one currency, not {' and '.join(found)}")
        return found[0] if found else self.case.shop.currency

    def _line(self, line: dict[str, Any]) -> dict[str, Any]:
        known = [
            item for item in self.case.given if item.kind == "product" and item.keys["id"] == line["product"]
        ]
        price = line.get("price") or (known[0].keys.get("price") if known else None) or "0"
        return {
            **{k: v for k, v in line.items() if v is not None},
            "price": str(price),
            "product": str(line["product"]),
        }

    def _ordered(self, item: Given, now: int) -> None:
        number = next(i for i, each in enumerate(self.case.given) if each is item)
        id_ = str(item.keys.get("id") or f"order-{number + 1}")
        self.orders[id_] = self._told_again(self.orders[id_], self._order_body(id_, item), item)
        accept_orders(self.store, self.config, self.shop, [self.orders[id_]], now)

    @staticmethod
    def _told_again(before: dict[str, Any], said: dict[str, Any], item: Given) -> dict[str, Any]:
        """Keeps when an order was placed, and what a shop that reports it again leaves unsaid: it is one order."""
        unsaid = {"coupon", "channel"} | (set() if "lines" in item.keys else {"lines", "total", "currency"})
        kept = {key: before[key] for key in unsaid if key in before and key not in item.keys}
        return said | kept | {"placed_at": before["placed_at"]}

    def _delivered(self, item: Given, now: int) -> None:
        self._status(item, now, "delivered")

    def _cancelled(self, item: Given, now: int) -> None:
        self._status(item, now, "cancelled")

    def _status(self, item: Given, now: int, status: str) -> None:
        body = self.orders[self._order_of(item)]
        at = iso(item.at or now)
        version = body | {"status": status, f"{status}_at": at, "updated_at": at}
        self.orders[body["id"]] = version
        accept_orders(self.store, self.config, self.shop, [version], now)

    def _order_of(self, item: Given) -> str:
        """Returns the named order, else the customer's latest by then."""
        if item.keys.get("order") is not None:
            return str(item.keys["order"])
        customer, at = str(item.keys["customer"]), iso(item.at or 0)
        mine = [o for o in self.orders.values() if o["customer"]["id"] == customer and o["placed_at"] <= at]
        if not mine:
            raise Refused(item.place, f"{customer} has no order by then; name one with order:")
        return str(max(mine, key=lambda order: order["placed_at"])["id"])

    def _refunded(self, item: Given, now: int) -> None:
        body: dict[str, Any] = {"id": str(item.keys.get("id") or f"refund-{id(item)}"), "order": self._order_of(item),
                                "at": iso(item.at or now)}  # fmt: skip
        if "amount" in item.keys:
            body["amount"], currency = amount_of(item.keys["amount"])
            body |= {"currency": currency} if currency else {}
        if "lines" in item.keys:
            body["lines"] = [{**line, "product": str(line["product"])} for line in item.keys["lines"]]
        accept_refunds(self.store, self.config, self.shop, [body], now)

    # --- everything else ------------------------------------------------------------------------------

    def _event(self, item: Given, now: int) -> None:
        keys = dict(item.keys)
        body: dict[str, Any] = {
            "kind": item.kind,
            "at": iso(item.at or now),
            "customer": {"id": str(keys.pop("customer", ""))},
        }
        if item.kind == "complaint_closed" and not body["customer"]["id"]:
            body["customer"]["id"] = self._who_complained(item)
        body["id"] = str(keys.pop("id", f"{item.kind}-{id(item)}"))
        body |= {key: keys.pop(key) for key in list(keys) if key in EVENT_COLUMNS and keys[key] is not None}
        body["properties"] = {key: value for key, value in keys.items() if value is not None}
        accept_events(self.store, self.config, self.shop, [body], now)

    def _who_complained(self, item: Given) -> str:
        complaint = str(item.keys["complaint"])
        return next(
            str(g.keys["customer"])
            for g in self.case.given
            if g.kind == "complained" and str(g.keys.get("id")) == complaint
        )

    def _made_here(self, item: Given, now: int) -> None:
        MADE_HERE[item.kind](begin(self.store, self.config, self.shop, now, False), self.shop, item)
