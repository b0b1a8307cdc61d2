"""Which categories of a branch are in use: few, so that a branch in a stretch of time is few short index ranges."""

from __future__ import annotations

from engine.matching.scope import Scope
from engine.rulebook.ast import Compare, FactPattern, OneOf
from models import Line

MOST = 100  # beyond it the stretch of time alone is the shorter way
# The next category by the index of (shop, category, at): one seek each, however many lines there are.
NEXT = """
with recursive used (category) as (
  select (select category from line where shop_id = {0} and category >= {0} and category < {0}
          order by category limit 1)
  union all
  select (select category from line where shop_id = {0} and category > used.category and category < {0}
          order by category limit 1)
  from used where used.category is not null
)
select category from used where category is not null limit {1}
"""


def categories_in_use(pattern: FactPattern, scope: Scope) -> tuple[str, ...] | None:
    """Lists the categories that the branches of a pattern have, for an index to use; None where they do not help.

    It never changes what fits: a line of a category that comes into use while a tick is running is announced as a
    change, and the next tick asks for its customer.
    """
    test = pattern.filter("category")
    equals = isinstance(test, Compare) and test.operator == "="
    if pattern.kind != "bought" or not (equals or isinstance(test, OneOf)):
        return None
    paths = test.values if isinstance(test, OneOf) else (test.value,)  # type: ignore[union-attr]
    found = sorted({category for path in paths for category in _in_use(str(path), scope)})
    return tuple(found) if len(found) < MOST else None


def _in_use(path: str, scope: Scope) -> list[str]:
    mark = "%s" if scope.postgresql else "?"
    low, high = f"{path}/", f"{path}0"
    rows = Line._meta.database.execute_sql(
        NEXT.format(mark, MOST), (scope.shop_id, low, high, scope.shop_id, high)
    )
    return [path, *(category for (category,) in rows.fetchall())]
