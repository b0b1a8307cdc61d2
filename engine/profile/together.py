"""What is bought together: products whose buyers are alike, within a month, over the last year.

Two products go together where at least two customers bought both within 30 days, in one order or in several. How much is
the number of such customers over the geometric mean of both products' buyers (the cosine of item-to-item collaborative
filtering: Linden, Smith, York, IEEE Internet Computing 7, 2003), so that what everybody buys anyway does not come first
everywhere. One statement says so, of all products once a day or of a few at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from peewee import SqliteDatabase

from engine import bulk
from engine.clock import DAY
from engine.store import Store
from models import Setting, Together
from models.base import database

YEAR, MONTH = 365 * DAY, 30 * DAY
MOST_LINES = (
    200  # of a customer in the year: who buys more (a firm, a till's own account) says nothing about taste
)
KEPT = 20  # others that are kept of each product
LEAST = 2  # customers, below which it is chance
AT_ONCE = 1_000  # products written in one transaction, so that nobody waits long for the write lock
WEIGHT = 1_000_000

# {0} is the dialect's mark, {1} narrows the products, {2} compares them; of all products each pair is counted once, and
# {3} turns it round. Buyers of both are sought by each customer's own index: a table made on the way would have none, and
# takes hours. find_together lists the parameters.
COUNTS = "shop_id = {0} and at > {0} and at <= {0} and recorded_at <= {0} and void_at is null"
FOUND = f"""
with many as (select customer_id from line where {COUNTS} group by customer_id having count(*) > {{0}}),
pair as (
  select a.product, b.product as other, count(distinct a.customer_id) as both_of
  from (select product, customer_id, at from line where {COUNTS} {{1}}) a
  join line b on b.customer_id = a.customer_id and b.at >= a.at - {{0}} and b.at <= a.at + {{0}}
    and b.product {{2}} a.product and b.at > {{0}} and b.recorded_at <= {{0}} and b.void_at is null
  where a.customer_id not in (select customer_id from many)
  group by a.product, b.product having count(distinct a.customer_id) >= {{0}}
),
either as (select product, other, both_of from pair {{3}}),
buyers as (select product, count(distinct customer_id) as customers from line where {COUNTS} group by product),
ranked as (
  select either.product, other, 1.0 * both_of * both_of / (mine.customers * theirs.customers) as likeness,
    row_number() over (
      partition by either.product order by 1.0 * both_of * both_of / theirs.customers desc, other
    ) as place
  from either join buyers mine on mine.product = either.product join buyers theirs on theirs.product = either.other
)
select product, other, likeness from ranked where place <= {{0}} order by product, place
"""
TURNED = "union all select other, product, both_of from pair"


def find_together(shop: int, now: int, products: Sequence[str] = ()) -> list[tuple[str, str, int]]:
    """Returns (product, other, weight) as sales stand at `now`, the likeliest others of each product first.

    Without `products` it is asked of all, which reads a year of sales once. Weights are millionths.
    """
    mark = "?" if isinstance(database.obj, SqliteDatabase) else "%s"
    some = f"and product in ({', '.join([mark] * len(products))})" if products else ""
    compared, turned = ("<>", "") if products else (">", TURNED)
    counts = (shop, now - YEAR, now, now)
    pairs = (*counts, *products, MONTH, MONTH, now - YEAR, now, LEAST)
    rows = database.execute_sql(
        FOUND.format(mark, some, compared, turned), (*counts, MOST_LINES, *pairs, *counts, KEPT)
    ).fetchall()
    return [(product, other, round(float(likeness) ** 0.5 * WEIGHT)) for product, other, likeness in rows]


def refresh(store: Store, shop: int, now: int) -> int:
    """Works out anew what a shop's customers buy together, once a day (UTC); returns how many pairs, 0 if it was done.

    Readers see the old or the new of a product, never half of it; nobody waits while it is worked out.
    """
    day = now // DAY
    if worked_out(shop) == day:
        return 0
    found = find_together(shop, now)
    by_product: dict[str, list[tuple[int, str, str, int]]] = {}
    for product, other, weight in found:
        by_product.setdefault(product, []).append((shop, product, other, weight))
    products = sorted(by_product)
    for start in range(0, len(products), AT_ONCE):
        some = products[start : start + AT_ONCE]
        with store.transaction():
            Together.delete().where(Together.shop == shop, Together.product << some).execute()
            bulk.insert(store, Together, COLUMNS, [row for product in some for row in by_product[product]])
    _forget(store, shop, set(products))
    with store.transaction():
        Setting.insert(name=_name(shop), value=day).on_conflict(
            conflict_target=[Setting.name], update={Setting.value: day}
        ).execute()
    return len(found)


COLUMNS = ("shop_id", "product", "other", "weight")


def _forget(store: Store, shop: int, products: set[str]) -> None:
    """Deletes what was kept of products that go with nothing any more."""
    rows = Together.select(Together.product).where(Together.shop == shop).distinct()
    gone = sorted({product for (product,) in rows.tuples()} - products)
    for start in range(0, len(gone), AT_ONCE):
        with store.transaction():
            Together.delete().where(
                Together.shop == shop, Together.product << gone[start : start + AT_ONCE]
            ).execute()


def _name(shop: int) -> str:
    return f"together:{shop}"


def worked_out(shop: int) -> int | None:
    """Returns the day (since the epoch, UTC) on which it was last worked out for a shop; None where it never was."""
    row = Setting.get_or_none(Setting.name == _name(shop))
    return None if row is None else int(row.value)
