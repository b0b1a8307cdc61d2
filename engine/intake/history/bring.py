"""Brings a file of history in: batch by batch, each in one transaction with the place it ends at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from peewee import DatabaseError, DataError, OperationalError

from engine import bulk
from engine.config import Config
from engine.errors import UsageError
from engine.intake import consents, customers, events, orders, products, refunds
from engine.intake.accepting import Accepted, Intake, begin
from engine.intake.checking import CONSENTS, CUSTOMERS, EVENTS, ORDERS, PRODUCTS, REFUNDS, Checker, Problem
from engine.intake.history.items import Item, Source
from engine.intake.history.ndjson import Ndjson
from engine.intake.history.sheet import NOTHING_SAID, Sheet
from engine.intake.history.understood import Said
from engine.store import Store
from models import Setting, Shop

BATCH = 1000  # items a transaction
Write = Callable[[Intake, list[Any], list[Any]], Accepted]
RESOURCES: dict[str, tuple[Checker[Any], Write]] = {
    "orders": (ORDERS, orders.write), "customers": (CUSTOMERS, customers.write), "products": (PRODUCTS, products.write),
    "events": (EVENTS, events.write), "consents": (CONSENTS, consents.write), "refunds": (REFUNDS, refunds.write),
}  # fmt: skip
Judged = tuple[Item, Any, list[Problem]]


@dataclass(slots=True)
class Progress:
    """How far a file has come; kept in the store, so that the next import of the same file goes on from here."""

    offset: int = 0  # byte of the file
    line: int = 1  # of the file, that begins there
    lines: int = 0  # that have been read
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejected_bytes: int = 0  # of the file of refusals
    done: bool = False
    unproven: int = 0  # consents that are kept and not used


@dataclass(slots=True)
class Bringing:
    """One import: from where, into which shop."""

    store: Store
    config: Config
    shop: Shop
    source: Source
    now: int
    batch: int = BATCH

    @property
    def name(self) -> str:
        """Returns under what its progress is kept: the shop and the file's own content, wherever it lies."""
        with self.source.path.open("rb") as file:
            return f"import:{self.shop.id}:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def open_file(path: Path, said: Said = NOTHING_SAID) -> Source:
    """Opens a .csv as a sheet of order lines and anything else as NDJSON; raises UsageError where it cannot be read.

    `said` says of a sheet what need not be guessed then.
    """
    try:
        if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
            path.open("rb").close()
            return Ndjson(path)
        sheet = Sheet(path, said)
        sheet.check_together()
        return sheet
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", remedy="name a .csv or .ndjson file"
        ) from error


def bring(bringing: Bringing) -> Iterator[Progress]:
    """Yields the progress at the start and after each transaction.

    What is refused goes to a file beside the one that is read. A file that was stopped half way goes on where it
    stopped; one that is through begins anew and changes nothing.
    """
    name = bringing.name
    progress = _so_far(name)
    yield progress
    source, rejected = bringing.source, bringing.source.rejected()
    _cut(rejected, progress.rejected_bytes)
    items = source.items(progress.offset, progress.line)
    while batch := list(islice(items, bringing.batch)):
        progress = _one_batch(bringing, name, batch, progress)
        yield progress
    progress.done = True
    _keep(name, progress)
    yield progress


def _so_far(name: str) -> Progress:
    kept = Setting.get_or_none(Setting.name == name)
    progress = Progress(**kept.value) if kept else Progress()
    return Progress() if progress.done else progress


def _keep(name: str, progress: Progress) -> None:
    value = asdict(progress)
    Setting.insert(name=name, value=value).on_conflict(
        conflict_target=[Setting.name], update={Setting.value: value}
    ).execute()


def _cut(rejected: Path, size: int) -> None:
    """Drops refusals whose batch was never committed; they come again."""
    if not size:
        rejected.unlink(missing_ok=True)
    elif rejected.exists():
        with rejected.open("r+b") as file:
            file.truncate(size)


def _one_batch(bringing: Bringing, name: str, batch: Sequence[Item], before: Progress) -> Progress:
    intake = begin(bringing.store, bringing.config, bringing.shop, bringing.now, history=True)
    judged = [_judged(intake, item) for item in batch]
    try:
        return bulk.in_transaction(bringing.store, lambda: _written(bringing, intake, name, judged, before))
    except DatabaseError as error:
        if isinstance(error, OperationalError) or len(batch) == 1:
            raise
    # A row that the database itself refuses: one by one, so that it takes nobody down with it.
    progress = before
    for one in judged:
        progress = _alone(bringing, intake, name, one, progress)
    return progress


def _alone(bringing: Bringing, intake: Intake, name: str, one: Judged, before: Progress) -> Progress:
    try:
        return bulk.in_transaction(bringing.store, lambda: _written(bringing, intake, name, [one], before))
    except DataError as error:
        refused = (one[0], None, [("", f"the database refuses it: {str(error).splitlines()[0][:200]}")])
        return bulk.in_transaction(
            bringing.store, lambda: _written(bringing, intake, name, [refused], before)
        )


def _judged(intake: Intake, item: Item) -> Judged:
    if item.raw is None or item.problems:
        return item, None, list(item.problems)
    checked, problems = RESOURCES[item.resource][0].check(item.raw, intake.reading)
    return item, checked, problems


def _written(
    bringing: Bringing, intake: Intake, name: str, judged: Sequence[Judged], before: Progress
) -> Progress:
    """Writes what is good, puts the rest aside, and notes the place, all in the caller's transaction."""
    last, intake.unproven = judged[-1][0], 0
    after = Progress(**asdict(before))
    for resource, group in groupby(
        (one for one in judged if one[1] is not None), key=lambda one: one[0].resource
    ):
        some = list(group)
        done = RESOURCES[resource][1](
            intake, [item for _, item, _ in some], [source.raw for source, _, _ in some]
        )
        after.accepted += done.accepted
        after.unchanged += done.unchanged
    after.unproven, intake.unproven = before.unproven + intake.unproven, 0
    refused = [one for one in judged if one[1] is None]
    after.rejected += len(refused)
    after.rejected_bytes = _put_aside(bringing.source, refused, before.rejected_bytes)
    after.lines += sum(item.lines for item, _, _ in judged)
    after.offset, after.line = last.ends_at, last.line + last.lines
    _keep(name, after)
    return after


def _put_aside(source: Source, refused: Sequence[Judged], size: int) -> int:
    """Writes refusals behind the first `size` bytes, where an earlier attempt at this batch may have left some."""
    if not refused:
        return size
    text = "" if size else source.heading()
    text += "".join(source.refusal(item, problems) for item, _, problems in refused)
    with source.rejected().open("r+b" if size else "wb") as file:
        file.seek(size)
        file.write(text.encode())
        return file.truncate()
