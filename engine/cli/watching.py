"""Waits for files that a person edits: the system tells of changes, nothing is polled."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from engine.cli.home import templates_of
from engine.config import load_config
from engine.errors import RegularsError
from engine.rulebook.load import ENDINGS, TESTS

CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def changes(args: argparse.Namespace) -> Iterator[set[str] | None]:
    """Yields None at once, and then at each change: the test files, if only those have changed, else None.

    What changes while the caller is busy is yielded next, so that no edit is missed.
    """
    found: SimpleQueue[set[str]] = SimpleQueue()
    stop = Event()
    watcher = Thread(target=_collect, args=(_places(args), found, stop), daemon=True)
    watcher.start()
    try:
        yield None
        while True:
            paths = found.get()
            while not found.empty():
                paths |= found.get()
            yield _only_tests(paths, Path(args.rules).resolve())
    finally:
        stop.set()
        watcher.join(timeout=1)


def cleared() -> None:
    """Clears the screen, where there is one."""
    if sys.stdout.isatty():
        print(CLEAR, end="", flush=True)


def _places(args: argparse.Namespace) -> list[Path]:
    """Lists what is watched: the rules with their tests, the templates of mails, and config.yaml."""
    config = Path(args.config)
    places = [Path(args.rules), config]
    with suppress(RegularsError):  # a config that cannot be read is watched until it can
        places.append(templates_of(args, load_config(config)) / "email")
    return [place for place in places if place.exists()]


def _collect(places: list[Path], found: SimpleQueue[set[str]], stop: Event) -> None:
    from watchfiles import watch  # a test that is played once starts without it

    for some in watch(*places, watch_filter=_matters, stop_event=stop, raise_interrupt=False, debounce=200):
        found.put({path for _, path in some})


def _matters(change: object, path: str) -> bool:
    """Leaves out what editors write beside the file: swap files, backups, hidden ones."""
    name = Path(path).name
    return not name.startswith((".", "#")) and not name.endswith(("~", ".swp", ".tmp"))


def _only_tests(paths: set[str], rules: Path) -> set[str] | None:
    """Returns the test files by the names that tests have, or None where something else has changed."""
    names = set()
    for path in paths:
        file = Path(path).resolve()
        inside = file.is_relative_to(rules / TESTS) and file.suffix in ENDINGS
        if not inside:
            return None
        names.add(f"{rules.name}/{file.relative_to(rules)}")
    return names
