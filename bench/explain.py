"""How long an explanation takes: the whole rulebook of twenty rules, about customers of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.matching import rulebook, view_of
from bench.measure import Row, ms, timed
from bench.shape import NOW, Size
from engine.policy.compiled import compile_policy
from engine.policy.history import Draw
from engine.rehearsal.explaining.explain import Asking, explain
from engine.store import Store
from models import Customer

LIMIT = 0.2  # seconds
ROUNDS = 7
ASKED = 12  # customers, spread over the whole shop: busy ones and others


def rows(store: Store, name: str, size: Size) -> Iterator[Row]:
    """Yields the median of what the slowest of some customers takes, in a process that has explained before."""
    book = rulebook()
    policy = compile_policy(book.policy)
    asking = Asking(store, view_of(store, book), policy, Draw(b"bench"), NOW)
    rules = list(book.rules.values())
    step = max(size.customers // ASKED, 1)
    chosen = [Customer.get_by_id(number * step + 1) for number in range(ASKED)]
    for customer in chosen:
        explain(asking, customer, rules)  # statements are compiled at their first use
    taken = [
        median(timed(lambda who=each: explain(asking, who, rules)) for _ in range(ROUNDS)) for each in chosen
    ]
    anchors = max(sum(len(rule.anchors) for rule in explain(asking, each, rules).rules) for each in chosen)
    what = f"explain, {name}: 20 rules, {size.customers:,} customers, the slowest of {ASKED} (up to {anchors} anchors)"
    yield Row(what, ms(LIMIT), ms(max(taken)), max(taken) / LIMIT, 1)
