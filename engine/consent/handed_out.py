"""Files in the home with what is kept of somebody, for the operator to hand over: they go with an erasure, and by themselves.

A file is named by whose it is, so that an erasure finds it: the number of a customer whom the shop has given an id, else a keyed
digest of the mailbox, for a guest's number may become that of a customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from engine.clock import DAY
from engine.consent.beside import digest_of_mailbox
from engine.store import Store

FOLDER = "exports"
DAYS = 30  # the time in which the law wants an answer; whoever asks again gets a newer file
NAMED = re.compile(r"(?P<shop>.+)-(?P<whose>\w+)-(?P<at>\d+)\.json", re.ASCII)
LENGTH = 24  # digits of a digest


def named_by(store: Store, number: int | None, mailbox: str | None) -> str:
    """Returns the name of a file's owner: the customer's number, or where there is none a digest of the mailbox."""
    return str(number) if number is not None else digest_of_mailbox(store, mailbox or "")[:LENGTH]


def file_for(home: Path, shop: str, whose: str, now: int) -> Path:
    """Returns where a file goes that is made now; `whose` is of `named_by`."""
    return home / FOLDER / f"{shop}-{whose}-{now}.json"


def take_away(home: Path, shop: str, whose: Iterable[str]) -> int:
    """Deletes the files of one owner, under any of their names; returns how many there were."""
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
