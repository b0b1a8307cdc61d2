"""Files in the home with what is kept of somebody, for the operator to hand over: they go with an erasure, and by themselves.

A file is named by whose it is, so that an erasure finds it: the number of a customer whom the shop has given an id, else the
keyed digest that stands beside the store too, for a guest may become a customer with another number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from engine.clock import DAY
from engine.consent.called import Somebody, digests_of
from engine.store import Store
from models import Customer

FOLDER = "exports"
DAYS = 30  # the time in which the law wants an answer; whoever asks again gets a newer file
NAMED = re.compile(r"(?P<shop>.+)-(?P<whose>\w+)-(?P<at>\d+)\.json", re.ASCII)
LENGTH = 24  # digits of a digest


def names_of(store: Store, whose: Somebody) -> list[str]:
    """Returns the names that files of somebody may have; one that is made now gets the first."""
    digests = [digest[:LENGTH] for digest in digests_of(store, whose)]
    if not isinstance(whose, Customer):
        return digests
    return [str(whose.id), *digests] if whose.external_id is not None else [*digests, str(whose.id)]


def file_for(home: Path, store: Store, whose: Somebody, now: int) -> Path:
    """Returns where a file of somebody goes that is made now."""
    return home / FOLDER / f"{whose.shop.key}-{names_of(store, whose)[0]}-{now}.json"


def take_away(home: Path, shop: str, whose: Iterable[str]) -> int:
    """Deletes the files of somebody, under any of their names; returns how many there were."""
    names = set(whose)
    return _delete(file for file, said in _files(home) if said["shop"] == shop and said["whose"] in names)


def throw_away_old(home: Path, now: int) -> int:
    """Deletes the files that are older than `DAYS`, by the moment in their names; returns how many there were."""
    return _delete(file for file, said in _files(home) if int(said["at"]) < now - DAYS * DAY)


def _files(home: Path) -> list[tuple[Path, re.Match[str]]]:
    folder = home / FOLDER
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    return [(file, said) for file in there if (said := NAMED.fullmatch(file.name))]


def _delete(files: Iterable[Path]) -> int:
    gone = list(files)
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)
