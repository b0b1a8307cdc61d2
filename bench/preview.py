"""How long a preview takes: of each of the twenty anchored rules, and of one that asks the whole base."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.matching import rulebook, view_of
from bench.measure import Row, ms, timed
from bench.shape import Size
from bench.store import config
from engine.matching.view import View
from engine.rehearsal.preview import SPANS, preview
from engine.rulebook.ast import Rule
from engine.rulebook.load import load_text
from engine.rulebook.server_words import vocabulary_of
from engine.store import Store

RUNS = 3
ANCHORED, WHOLE = 2.0, 10.0  # seconds
EVERYBODY = """
- {rule: whole-base, when: {every: "monday at 10:00"}, who: {country: PL, orders: ">= 2"}, send: plain, note: x}
"""


def rows(store: Store, name: str, size: Size) -> Iterator[Row]:
    """Yields the slowest of the anchored rules, and the rule that asks everybody."""
    view = view_of(store, rulebook())
    seconds = {rule.id: _median(view, rule) for rule in view.rulebook.rules.values()}
    slowest = max(seconds, key=lambda rule: seconds[rule])
    due = preview(view, view.rulebook.rules[slowest]).anchors(SPANS[-1])
    what = f"preview, {name}: the slowest of 20 rules ({slowest}, {due:,} due in 30 days), {size.customers:,} customers"
    yield _row(what, seconds[slowest], ANCHORED)
    book = load_text({"rules/whole.yaml": EVERYBODY}, vocabulary_of(config(), None))
    rule = book.rules["whole-base"]
    base = view_of(store, book)
    count = len(preview(base, rule).customers(SPANS[-1]))
    yield _row(
        f"preview, {name}: the whole base asked, {count:,} customers found", _median(base, rule), WHOLE
    )


def _median(view: View, rule: Rule) -> float:
    return median(timed(lambda: preview(view, rule).customers(SPANS[-1])) for _ in range(RUNS))


def _row(what: str, seconds: float, limit: float) -> Row:
    return Row(what, ms(limit), ms(seconds), seconds / limit, 1)
