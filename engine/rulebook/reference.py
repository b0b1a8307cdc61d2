"""The tables of docs/rules.md, made from the vocabulary, so that the reference cannot lag behind the code.

`python -m engine.rulebook.reference docs/rules.md` writes them anew.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from engine.rulebook.vocabulary import ATTRIBUTE, FACTS, FIELDS, MEASURES, SAME, Kind

TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
COMPARED: dict[Kind, str] = {
    "money": "an amount, as `50` or `50 EUR`",
    "count": "a whole number from 0 up",
    "number": "a number",
    "percent": "per cent, as `10%`",
    "text": "text",
    "path": "a path, as `optics/contact-lenses`; the whole branch",
    "date": "a day, as `2026-01-31`",
    "country": "two capital letters, as `PL`",
    "language": "two small letters, as `pl`",
    "currency": "a currency, as `PLN`",
    "rule": "the id of a rule",
    "purpose": "a purpose",
    "property": "text, a number, `true` or `false`",
}


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _head(*cells: str) -> str:
    return _row(*cells) + _row(*("---" for _ in cells))


def facts() -> str:
    """Returns the table of facts with their filters and what ties them to an anchor."""
    rows = [
        _row(
            f"`{name}`",
            fact.one_for_each,
            ", ".join(f"`{each}`" for each in fact.filters) + (", and its properties" if fact.open else ""),
            ", ".join(f"`{thing}`" for thing in SAME if thing in fact.things) or "–",
        )
        for name, fact in FACTS.items()
    ]
    return _head("fact", "one for each", "filters", "as an anchor it has one") + "".join(rows)


def filters() -> str:
    """Returns the table of filters and what each is compared with."""
    kinds = {name: kind for fact in FACTS.values() for name, kind in fact.filters.items()}
    rows = [_row(f"`{name}`", COMPARED[kind]) for name, kind in sorted(kinds.items())]
    return _head("filter", "compared with") + "".join(rows)


def fields() -> str:
    """Returns the table of customer fields and measures."""
    rows = [_row(f"`{name}`", COMPARED[kind]) for name, kind in FIELDS.items()]
    rows += [_row(f"`{ATTRIBUTE}NAME`", COMPARED["property"])]
    rows += [_row(f"`{name}`", COMPARED[each.kind]) for name, each in MEASURES.items()]
    return _head("field", "compared with") + "".join(rows)


TABLES: dict[str, Callable[[], str]] = {"facts": facts, "filters": filters, "fields": fields}


def rewritten(text: str) -> str:
    """Returns a document with every table between its marks made anew."""
    return TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(rewritten(document.read_text("utf-8")), "utf-8")
