"""Everything that is kept of somebody, table by table, for whoever asks what we know. Source: GDPR articles 15 and 20."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.clock import moment
from engine.consent.called import Somebody, sought
from engine.consent.traces import traces
from engine.formulas import cell
from models.base import Instant

Rows = dict[str, list[dict[str, Any]]]


def everything(whose: Somebody) -> Rows:
    """Returns every row that tells of somebody: instants as ISO 8601 in UTC, money in minor units beside its currency."""
    return {
        table._meta.table_name: [_plain(row) for row in table.select().where(theirs).order_by(table.id)]
        for table, theirs in traces(sought(whose)).items()
    }


def told(people: Sequence[tuple[Somebody, Rows]], now: int) -> str:
    """Writes what is kept of some people as JSON; `customer` is the shop's id of each, or null."""
    each = [{"shop": who.shop.key, "customer": who.external_id, "tables": rows} for who, rows in people]
    return json.dumps(
        {"exported_at": moment(now).isoformat(), "customers": each}, ensure_ascii=False, indent=1
    )


def write_export(file: Path, whose: Somebody, now: int) -> None:
    """Writes everything that is kept of somebody into a file that only its owner may read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    private(file, told([(whose, everything(whose))], now))


def private(file: Path, text: str) -> None:
    """Writes a file that only its owner may read; a spreadsheet needs the mark at its front to see UTF-8."""
    mark = "\ufeff" if file.suffix == ".csv" else ""
    way = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(way, "w", encoding="utf-8", newline="") as out:
        out.write(mark + text)


def _plain(row: Any) -> dict[str, Any]:
    fields = row._meta.sorted_fields
    return {field.column_name: _value(field, row.__data__[field.name]) for field in fields}


def _value(field: Any, value: Any) -> Any:
    return moment(value).isoformat() if isinstance(field, Instant) and value is not None else value


def as_csv(rows: Rows) -> Iterator[tuple[str, str]]:
    """Yields a file's name and text for each table that holds something, safe to open in a spreadsheet."""
    for table, found in rows.items():
        if found:
            text = io.StringIO()
            writer = csv.DictWriter(text, list(found[0]), lineterminator="\r\n")
            writer.writeheader()
            writer.writerows({name: cell(value) for name, value in row.items()} for row in found)
            yield f"{table}.csv", text.getvalue()
