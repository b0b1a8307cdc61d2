"""Products: what a shop says of them, and what their first order lines give away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from engine import bulk
from engine.config import Config
from engine.intake.accepting import Accepted, Intake, announce, begin, unique
from engine.intake.checking import PRODUCTS
from engine.intake.offers import News, news_of, tell_the_interested
from engine.intake.prices import Price, write_price_days
from engine.intake.reading import minor
from engine.intake.shapes import LineIn, ProductIn
from engine.intake.supplies import date_products
from engine.store import Store
from models import Line, Product, ProductVersion, Shop

FIELDS = ("name", "category", "brand", "price_minor", "stock", "lasts_days", "url", "image")
COLUMNS = ("id", "external_id", "recorded_at", "updated_at", *FIELDS)
FILLED = ("name", "category", "brand")  # what a line takes from its product where it does not say it
TEXTS = ("name", "category", "brand", "url", "image")  # what lines say of their products too
SAID, KNOWN = attrgetter(*TEXTS), itemgetter(*TEXTS)  # of a line, of a product's fields
FROM_A_LINE = 0  # older than anything that /products says


@dataclass(slots=True, eq=False)
class Item:
    """A product in the making."""

    id: int
    external_id: str
    recorded_at: int
    updated_at: int
    fields: dict[str, Any] = field(default_factory=dict)
    new: bool = False
    touched: bool = False
    was: dict[str, Any] | None = None
    until_at: int = 0


Shelf = dict[str, Item]


def accept_products(
    store: Store,
    config: Config,
    shop_row: Shop,
    products: Sequence[Any],
    now: int,
    history: bool = False,
    in_list: bool = True,
) -> Accepted:
    """Keeps what the shop says of its products; raises IntakeError with every problem and writes nothing then."""
    intake = begin(store, config, shop_row, now, history)
    items = PRODUCTS.check_all(products, intake.reading, in_list)
    return bulk.in_transaction(store, lambda: write(intake, items))


def write(intake: Intake, items: Sequence[ProductIn], raws: object = None) -> Accepted:
    """Writes checked products, inside a transaction."""
    intake.changes.clear()
    ids = [item.id for item in items]
    bulk.lock_shop(intake.store, intake.shop_id, _lock_for(intake, items, ids), len(items))
    outcomes, news = put_on_shelf(intake, items)
    tell_the_interested(intake, news)
    announce(intake)
    return Accepted(outcomes)


def put_on_shelf(intake: Intake, items: Sequence[ProductIn]) -> tuple[tuple[str, ...], list[News]]:
    """Writes what is said of products, inside a transaction; returns what came of each, and the news, told to nobody yet."""
    shelf = shelf_of(intake, [item.id for item in items], lock=True)
    heard = Heard()
    outcomes = tuple("accepted" if _told(intake, shelf, item, heard) else "unchanged" for item in items)
    write_shelf(intake, shelf)
    write_price_days(intake, heard.prices)
    return outcomes, heard.news


def _lock_for(intake: Intake, items: Sequence[ProductIn], ids: Sequence[str]) -> str:
    """Lets no order pass whose lines would miss that their product now lasts longer or shorter."""
    said = {item.id: item.lasts_days for item in items if "lasts_days" in item.model_fields_set}
    if not said or not intake.store.postgresql:
        return bulk.SHARED
    known = shelf_of(intake, ids)
    moved = any(id_ in known and known[id_].fields["lasts_days"] != days for id_, days in said.items())
    return bulk.ALONE if moved else bulk.SHARED


def shelf_of(intake: Intake, ids: Iterable[str], lock: bool = False) -> Shelf:
    """Reads the products of these ids, those that are known; locks them where their prices may fall."""
    rows = bulk.fetch(intake.store, Product, COLUMNS, "external_id", unique(ids), intake.shop_id, lock)
    shelf = {row[1]: Item(*row[:4]) for row in rows}
    for row in rows:
        shelf[row[1]].fields = dict(zip(FIELDS, row[4:], strict=True))
    return shelf


@dataclass(slots=True)
class Heard:
    """What one request says that others want to know."""

    news: list[News] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)


def _told(intake: Intake, shelf: Shelf, item: ProductIn, heard: Heard) -> bool:
    version = item.updated_at if item.updated_at is not None else intake.now
    product = shelf.get(item.id) or _new(shelf, item.id, intake.learned(version), version)
    known = not product.new and product.updated_at != FROM_A_LINE
    before = dict(product.fields) if known else dict.fromkeys(FIELDS)  # what a line gave away nobody has said
    changed = _learn(
        product, said_of(intake, item), version, intake.learned(version), item.updated_at is not None
    )
    now = product.fields["price_minor"]
    if "price" in item.model_fields_set and now != before["price_minor"]:
        heard.prices.append(Price(product.external_id, version, before["price_minor"], now))
    # Of a history without moments nobody knows when it happened: it is no news.
    if item.updated_at is not None or not intake.history:
        heard.news += news_of(product.id, product.external_id, before, product.fields, version)
    return changed


def _learn(product: Item, said: dict[str, Any], version: int, until_at: int, dated: bool) -> bool:
    newer = version >= product.updated_at
    fresh = {
        name: value for name, value in said.items()
        if value != product.fields[name] and (newer or product.fields[name] is None)
    }  # fmt: skip
    if fresh and not product.new and product.was is None:
        product.was, product.until_at = dict(product.fields), until_at
    product.fields.update(fresh)
    moved = newer and version > product.updated_at and (dated or bool(fresh))
    product.updated_at = version if moved else product.updated_at
    first = product.new and not product.touched
    product.touched = product.touched or bool(fresh) or moved or product.new
    return bool(fresh) or first


def said_of(intake: Intake, item: ProductIn) -> dict[str, Any]:
    """Returns the fields that were said; an explicit null erases."""
    said = {
        name: getattr(item, name) or None
        for name in item.model_fields_set & {"name", "category", "brand", "url", "image"}
    }
    said |= {name: getattr(item, name) for name in item.model_fields_set & {"stock", "lasts_days"}}
    if "price" in item.model_fields_set:
        currency = intake.shop.currency
        said["price_minor"] = None if item.price is None else minor(
            intake.config.convert(item.price, item.currency or currency, intake.shop), currency
        )  # fmt: skip
    return said


def _new(shelf: Shelf, external_id: str, recorded_at: int, version: int) -> Item:
    item = Item(0, external_id, recorded_at, version, dict.fromkeys(FIELDS), new=True)
    shelf[external_id] = item
    return item


def learn_from_line(shelf: Shelf, line: LineIn, price_minor: int, learned_at: int) -> tuple[str | None, ...]:
    """Makes a product that is not known from its line, or fills what no one has said of one; never overwrites.

    Returns what is known of the product after that, in the order of TEXTS.
    """
    item = shelf.get(line.product)
    if item is None:
        item = _new(shelf, line.product, learned_at, FROM_A_LINE)
        item.touched = True
        item.fields["price_minor"] = price_minor
    known: tuple[str | None, ...] = KNOWN(item.fields)
    if None not in known:
        return known
    filled = tuple(
        [said or None if late is None else late for late, said in zip(known, SAID(line), strict=True)]
    )
    if filled != known:
        if not item.new and item.was is None:
            item.was, item.until_at = dict(item.fields), learned_at
        item.fields.update(zip(TEXTS, filled, strict=True))
        item.touched = True
    return filled


def write_shelf(intake: Intake, shelf: Shelf) -> None:
    """Writes products that are new or changed, keeps what they were, and fills lines that lacked what is known now."""
    fresh = [item for item in shelf.values() if item.new]
    changed = [item for item in shelf.values() if item.touched and not item.new]
    columns = ("shop_id", *COLUMNS[1:])
    rows = [(intake.shop_id, *_values(item)) for item in sorted(fresh, key=lambda item: item.external_id)]
    bulk.insert(intake.store, Product, columns, rows)
    if not changed:
        return
    versions = [
        (i.id, i.recorded_at, i.until_at, *((i.was or {})[f] for f in FIELDS))
        for i in changed
        if i.was is not None
    ]
    bulk.insert(intake.store, ProductVersion, ("product_id", "recorded_at", "until_at", *FIELDS), versions)
    bulk.update(
        intake.store, Product, ("updated_at", *FIELDS), [(i.updated_at, *_fields(i), i.id) for i in changed]
    )
    _fill_lines(intake, changed)
    lasting = [i.external_id for i in changed if i.was and i.was["lasts_days"] != i.fields["lasts_days"]]
    intake.changes |= date_products(intake.store, intake.shop_id, lasting, intake.learned)


def _values(item: Item) -> tuple[Any, ...]:
    return (item.external_id, item.recorded_at, item.updated_at, *_fields(item))


def _fields(item: Item) -> tuple[Any, ...]:
    return tuple(item.fields[name] for name in FIELDS)


def _fill_lines(intake: Intake, changed: Sequence[Item]) -> None:
    """Gives lines that said nothing what their product is known to be, whichever of the two came first."""
    for item in changed:
        for name in FILLED:
            if item.was is not None and item.was[name] is None and item.fields[name] is not None:
                column = getattr(Line, name)
                same = (Line.shop == intake.shop_id) & (Line.product == item.external_id) & column.is_null()
                Line.update({column: item.fields[name]}).where(same).execute()
