"""Which rulebook counts: the folder, taken by itself where it changes, or only what somebody has published."""

from __future__ import annotations

from pathlib import Path

import structlog

from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook, load_text
from engine.rulebook.versions import newest, publish, text_of
from engine.rulebook.vocabulary import Vocabulary

log = structlog.get_logger()
Fingerprint = tuple[tuple[str, int, int], ...]


def fingerprint(folder: Path) -> Fingerprint:
    """Tells whether any file of the rules has changed."""
    files = sorted(path for path in folder.rglob("*.y*ml") if path.is_file())
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)


def folder_or_published(folder: Path, vocabulary: Vocabulary, changed: bool, now: int) -> Rulebook:
    """Returns the newest rulebook, in the caller's transaction: a folder that has changed is published by itself.

    A folder that has not changed since this process looked yields to what somebody else has published meanwhile.
    """
    last = newest()
    if last is not None and not changed:
        return load_text(text_of(last.digest), vocabulary)
    written = load_rulebook(folder, vocabulary)
    if last is None or written.digest != last.digest:
        publish(written, now)
    return written


def only_published(vocabulary: Vocabulary) -> Rulebook:
    """Returns the newest published rulebook, whatever the folder says; an empty one, loudly, before the first."""
    last = newest()
    if last is None:
        log.warning("no rulebook is published", remedy="run server.py publish")
        return Rulebook()
    return load_text(text_of(last.digest), vocabulary)
