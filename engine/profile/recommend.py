"""Which products a mail shows beside what somebody bought: bought together with it, else best-sellers of its kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.clock import DAY
from engine.consent.standing import standings
from engine.prepared import Row, prepared
from engine.profile.best_sellers import AT_ONCE, Shelf, Shown, best_sellers
from engine.profile.together import find_together, worked_out
from models import Event, Line, Product, Together

DEFAULT_COUNT, MOST = 3, 20
SEEDS = 20  # products that others are sought for
RECENT = 30 * DAY  # how long a look or a cart says what somebody is interested in
CANDIDATES = 60
OFFERED = ("price_dropped", "back_in_stock")
SMALL = 2_000  # lines of a shop, up to which there is no need to work anything out beforehand


class AboutCustomer(Protocol):
    """Whoever is to be shown products: a row of the outbox or a Draft."""

    @property
    def shop_id(self) -> int:
        """Returns whose customer it is."""

    @property
    def customer_id(self) -> int:
        """Returns who it is."""

    @property
    def anchors(self) -> Sequence[Mapping[str, Any]]:
        """Returns what the mail is about, latest first."""


Asked = tuple[AboutCustomer, Mapping[str, Any] | bool]  # a mail, and what its rule's `with` says


def recommended(mail: AboutCustomer, wanted: Mapping[str, Any] | bool, now: int) -> list[Shown]:
    """Returns the products to show in one mail."""
    return recommended_all([(mail, wanted)], now)[0]


def recommended_all(asked: Sequence[Asked], now: int) -> list[list[Shown]]:
    """Returns, for each of several mails, products to show beside what was bought, viewed or put into the cart.

    None without consent to marketing, and none to whoever objects to profiling. Never one that the customer has ever
    bought, nor one of those it starts from, nor one that is known to be out of stock. Showing products in a mail about an
    order is marketing of its own (Polish PKE art. 398, and WP.pl's rules for senders), so the order's mail goes out
    without them where there is no consent.
    """
    said = standings(sorted({mail.customer_id for mail, _ in asked}), now) if asked else {}
    willing = {who for who, word in said.items() if "marketing" in word.consents and not word.objects}
    goods = _Goods([mail for mail, _ in asked if mail.customer_id in willing], now)
    starts = [goods.seeds(mail, _to(wanted)) if mail.customer_id in willing else [] for mail, wanted in asked]
    mails = [mail for mail, _ in asked]
    goods.look_up(starts, mails)
    likely = [goods.likely(mail, seeds) if seeds else [] for mail, seeds in zip(mails, starts, strict=True)]
    goods.look_at(mails, likely)
    return [
        goods.beside(mail, seeds, mine, _count(wanted)) if seeds else []
        for (mail, wanted), seeds, mine in zip(asked, starts, likely, strict=True)
    ]


def _to(wanted: Mapping[str, Any] | bool) -> str:
    return str(wanted.get("to", "bought")) if isinstance(wanted, Mapping) else "bought"


def _count(wanted: Mapping[str, Any] | bool) -> int:
    return min(
        int(wanted.get("count", DEFAULT_COUNT)) if isinstance(wanted, Mapping) else DEFAULT_COUNT, MOST
    )


class _Goods:
    """What is known of the goods that several mails speak of, each thing read once for all of them."""

    def __init__(self, mails: Sequence[AboutCustomer], now: int) -> None:
        self.now, self.shelf = now, Shelf()
        orders = sorted({order for mail in mails for order in _orders(mail)})
        self.lines: dict[int, list[Row]] = defaultdict(list)
        for row in _lines_of(orders) if orders else ():
            self.lines[row[0]].append(row)
        self.owned: dict[int, set[str]] = defaultdict(set)
        for customer, product in _bought(sorted({mail.customer_id for mail in mails}), now) if mails else ():
            self.owned[customer].add(product)
        self.liked: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        self.worked_out: set[int] = set()
        self.large: dict[int, bool] = {}

    def seeds(self, mail: AboutCustomer, to: str) -> list[str]:
        """Lists the products to start from: of the anchors, else what the customer bought, viewed or carted last."""
        own = [
            str(anchor["product"])
            for anchor in mail.anchors
            if anchor.get("product") and _is_about(anchor, to)
        ]
        found = dict.fromkeys([*own, *self._of_orders(mail, to)][:SEEDS])
        now = self.now
        return list(found) or (_bought_last(mail, now) if to == "bought" else _looked_at(mail, to, now))

    def _of_orders(self, mail: AboutCustomer, to: str) -> list[str]:
        if to != "bought":
            return []
        rows = sorted(row[1:3] for order in _orders(mail) for row in self.lines[order])
        return [product for _, product in rows[:SEEDS]]

    def look_up(self, starts: Sequence[Sequence[str]], mails: Sequence[AboutCustomer]) -> None:
        """Reads what goes with all the seeds."""
        seeds: dict[int, set[str]] = defaultdict(set)
        for mail, mine in zip(mails, starts, strict=True):
            seeds[mail.shop_id].update(mine)
        for shop, some in seeds.items():
            if some and worked_out(shop) is not None:
                self.worked_out.add(shop)
                for product, other, weight in _together(shop, sorted(some)):
                    self.liked[shop, product].append((other, weight))

    def likely(self, mail: AboutCustomer, seeds: Sequence[str]) -> list[str]:
        """Lists what goes with the seeds and the customer has not, what goes best with most of them first."""
        had = self._had(mail, seeds)
        return [product for product in self._likely(mail.shop_id, seeds) if product not in had]

    def _had(self, mail: AboutCustomer, seeds: Sequence[str]) -> set[str]:
        return self.owned[mail.customer_id].union(seeds)

    def look_at(self, mails: Sequence[AboutCustomer], likely: Sequence[Sequence[str]]) -> None:
        """Reads, for all the mails together, the products that each will probably show."""
        first: dict[int, list[str]] = defaultdict(list)
        for mail, mine in zip(mails, likely, strict=True):
            first[mail.shop_id] += mine[:AT_ONCE]
        for shop, products in first.items():
            self.shelf.fetch(shop, products)

    def beside(self, mail: AboutCustomer, seeds: list[str], likely: Sequence[str], count: int) -> list[Shown]:
        """Chooses what one mail shows."""
        found = self.shelf.first(mail.shop_id, likely, count)
        if len(found) < count:
            left_out = self._had(mail, seeds) | {row.external_id for row in found}
            categories, missing = self._categories(mail, seeds), count - len(found)
            found += best_sellers(mail.shop_id, left_out, categories, self.now, missing, self.shelf)
        return found

    def _likely(self, shop: int, seeds: Sequence[str]) -> list[str]:
        """Lists what goes with the seeds, what goes best with most of them first."""
        weights: Counter[str] = Counter()
        if shop in self.worked_out:
            pairs = [pair for seed in seeds for pair in self.liked[shop, seed]]
        elif self._is_large(shop):
            return []  # too much to add up for one mail: best-sellers do until the first night
        else:
            pairs = [(other, weight) for _, other, weight in find_together(shop, self.now, seeds)]
        for other, weight in pairs:
            weights[other] += weight
        return sorted(weights, key=lambda other: (-weights[other], other))[:CANDIDATES]

    def _is_large(self, shop: int) -> bool:
        if shop not in self.large:
            some = Line.select(Line.id).where(Line.shop == shop)
            self.large[shop] = some.offset(SMALL).limit(1).exists()
        return self.large[shop]

    def _categories(self, mail: AboutCustomer, seeds: Sequence[str]) -> list[str]:
        """Lists the categories in which the seeds were bought, else those that they have in the shop."""
        found = {row[3] for order in _orders(mail) for row in self.lines[order] if row[3] is not None}
        if found:
            return sorted(found)[:20]
        here = (Product.shop == mail.shop_id) & Product.external_id.in_(list(seeds))
        rows = Product.select(Product.category).where(here, Product.category.is_null(False))
        return sorted({row.category for row in rows})


@prepared
def _lines_of(orders: Any) -> Any:
    return Line.select(Line.order, Line.id, Line.product, Line.category).where(Line.order.in_(orders))


@prepared
def _bought(customers: Any, now: Any) -> Any:
    mine = Line.customer.in_(customers) & (Line.recorded_at <= now)
    return Line.select(Line.customer, Line.product).where(mine)


@prepared
def _together(shop: Any, products: Any) -> Any:
    mine = (Together.shop == shop) & Together.product.in_(products)
    return Together.select(Together.product, Together.other, Together.weight).where(mine)


def _orders(mail: AboutCustomer) -> list[int]:
    return [anchor["order_id"] for anchor in mail.anchors if anchor.get("order_id")]


# --- where to start from --------------------------------------------------------------------------------


def _is_about(anchor: Mapping[str, Any], to: str) -> bool:
    """Says whether an anchor's product is one to start from: a price that dropped is about what was looked at."""
    kind = anchor.get("kind")
    return kind in (to, *OFFERED) or (to == "bought" and bool(anchor.get("order_id")))


def _bought_last(mail: AboutCustomer, now: int) -> list[str]:
    mine = (
        (Line.customer == mail.customer_id)
        & (Line.at <= now)
        & (Line.recorded_at <= now)
        & Line.void_at.is_null()
    )
    rows = Line.select(Line.product).where(mine).order_by(Line.at.desc(), Line.id).limit(SEEDS)
    return list(dict.fromkeys(row.product for row in rows))


def _looked_at(mail: AboutCustomer, kind: str, now: int) -> list[str]:
    mine = (
        (Event.customer == mail.customer_id)
        & (Event.kind == kind)
        & (Event.at > now - RECENT)
        & (Event.at <= now)
    )
    rows = Event.select(Event.product).where(mine, Event.product.is_null(False), Event.recorded_at <= now)
    return list(dict.fromkeys(row.product for row in rows.order_by(Event.at.desc(), Event.id).limit(SEEDS)))
