"""Published rulebooks: each text kept by its content hash, and every act of publishing with its author and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from engine.errors import RulebookError, UsageError
from engine.rulebook.ast import Rulebook
from models import Publication, RulebookVersion

SHOWN = 12  # characters of a hash that people read and type
SHORTEST = 4


def publish(rulebook: Rulebook, now: int, author: str | None = None, note: str | None = None) -> Publication:
    """Keeps the rulebook's texts by their content hash, once, and makes this the version that counts.

    Without an author the folder was taken by itself.
    """
    RulebookVersion.insert(
        digest=rulebook.digest, text=dict(rulebook.text), author=author, published_at=now
    ).on_conflict_ignore().execute()
    return again(rulebook.digest, now, author, note)


def again(digest: str, now: int, author: str | None = None, note: str | None = None) -> Publication:
    """Makes a version that is kept already the one that counts."""
    made: Publication = Publication.create(digest=digest, author=author, note=note, published_at=now)
    return made


def newest() -> Publication | None:
    """Returns the act of publishing that counts, or None before the first."""
    found: Publication | None = Publication.select().order_by(Publication.id.desc()).first()
    return found


def newest_id() -> int:
    """Returns the number of the act that counts; 0 before the first."""
    found = Publication.select(Publication.id).order_by(Publication.id.desc()).limit(1).scalar()
    return int(found or 0)


def publications(most: int = 50) -> list[Publication]:
    """Lists the acts of publishing, the newest first."""
    return list(Publication.select().order_by(Publication.id.desc()).limit(most))


def text_of(digest: str) -> Mapping[str, str]:
    """Returns the texts of a version by file name; nothing where it is not kept."""
    row = RulebookVersion.get_or_none(RulebookVersion.digest == digest)
    return dict(row.text) if row else {}


def is_kept(digest: str) -> bool:
    """Says whether a text was ever published."""
    found: bool = RulebookVersion.select(RulebookVersion.id).where(RulebookVersion.digest == digest).exists()
    return found


def renamed(text: Mapping[str, str], folder: str) -> dict[str, str]:
    """Puts a version's files, whose names begin with the folder that they were published from, into this folder."""
    return {str(PurePosixPath(folder, *PurePosixPath(name).parts[1:])): text[name] for name in text}


def texts_before(most: int = 50) -> Iterator[Mapping[str, str]]:
    """Yields the texts of what was published, the newest first, each once."""
    seen: set[str] = set()
    for publication in publications(most):
        if publication.digest not in seen:
            seen.add(publication.digest)
            yield text_of(publication.digest)


def find_version(beginning: str) -> RulebookVersion:
    """Finds a version by its hash or the beginning of it; raises UsageError where none or several begin so."""
    wanted = beginning.strip().lower()
    rows = list(RulebookVersion.select().where(RulebookVersion.digest.startswith(wanted)).limit(3))
    if len(wanted) < SHORTEST or not rows:
        raise UsageError(f"no version begins with {beginning!r}", remedy="see server.py publish --list")
    if len(rows) > 1:
        raise UsageError(f"several versions begin with {beginning!r}", remedy="write more of the hash")
    found: RulebookVersion = rows[0]
    return found


def changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str]]:
    """Lists the files that differ, each with `new`, `gone` or `changed`."""
    found = []
    for name in sorted({*before, *after}):
        if name not in before:
            found.append((name, "new"))
        elif name not in after:
            found.append((name, "gone"))
        elif before[name] != after[name]:
            found.append((name, "changed"))
    return found


def write_back(folder: Path, present: Mapping[str, str], wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """Makes the folder's rule files say what a version says; tests and other files are left alone.

    Each file is whole or as it was. Returns what was changed; raises RulebookError where the folder cannot be written.
    """
    changes = changed_files(present, wanted)
    try:
        for name, how in changes:
            file = _inside(folder, name)
            if how == "gone":
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f".{file.name}.new")
            draft.write_text(wanted[name], "utf-8", newline="")
            draft.replace(file)
    except OSError as error:
        raise RulebookError(
            f"{folder} cannot be written: {error.strerror}",
            remedy="let this user write there, or put the old files back by hand and publish them",
        ) from error
    return changes


def _inside(folder: Path, name: str) -> Path:
    """Turns a file's name in a version, which begins with its folder's own name, into its place in this folder."""
    parts = PurePosixPath(name).parts[1:]
    if not parts or ".." in parts:
        raise RulebookError(f"{name!r} is no file of a rulebook", remedy="put the files back by hand")
    return folder.joinpath(*parts)
