"""What is wrong with a folder of templates, found before anybody is mailed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from engine.config import LANGUAGES
from engine.delivery.names import unknown_names
from engine.delivery.pieces import Piece
from engine.delivery.templates import ISSUES, VARIANTS, Loaded, Templates
from engine.errors import Place, TemplateFault
from engine.rulebook.ast import Problem


def check_templates(folder: Path, languages: Iterable[str] = LANGUAGES) -> list[Problem]:
    """Lists syntax errors, unknown variables and filters, unreadable files, and the languages that are missing.

    `languages` are those that customers of the shops may have; a missing one is a warning, because another is sent.
    """
    templates = Templates(folder)
    found: list[Problem] = []
    for name in templates.names():
        for base in wordings(templates.folder_of(name)):
            found += _wording(templates, base, tuple(languages))
    return found


def wordings(base: Path) -> Iterator[Path]:
    """Yields every folder that holds languages: the template itself, its issues, its variants."""
    inner = [*(base / ISSUES).glob("*"), *(base / VARIANTS).glob("*")]
    if not (base / ISSUES).is_dir():
        yield base
    yield from sorted(path for path in inner if path.is_dir())


def _wording(templates: Templates, base: Path, languages: tuple[str, ...]) -> list[Problem]:
    there = [language for language in LANGUAGES if (base / language).is_dir()]
    what = "wording" if base.parent.name == VARIANTS else "language"
    found = [
        Problem("warning", Place(str(base)), f"{base.name} has no {language}; those readers get another {what}")
        for language in languages if language not in there
    ]  # fmt: skip
    if base.parent.name == ISSUES and not _is_date(base.name):
        found.append(
            Problem("error", Place(str(base)), f"{base.name!r} is no date; name an issue like 2026-12-05")
        )
    if not there:
        return [
            *found,
            Problem("error", Place(str(base)), "no language; add LANGUAGE/subject.txt and body.mjml"),
        ]
    for language in there:
        try:
            loaded = templates.compile(base / language, fallback(base) / language)
        except TemplateFault as fault:
            what_to_do = f"; {fault.remedy}" if fault.remedy else ""
            found.append(Problem("error", fault.place or Place(str(base)), f"{fault.message}{what_to_do}"))
        else:
            found += _names(loaded)
    return found


def fallback(base: Path) -> Path:
    """Returns where a wording takes what it lacks from: the template, for a variant of it."""
    return base.parent.parent if base.parent.name == VARIANTS else base


def _names(loaded: Loaded) -> list[Problem]:
    pieces: list[Piece] = [loaded.subject, loaded.html, *([loaded.text] if loaded.text else [])]
    return [
        Problem("error", piece.place_of(line), message)
        for piece in pieces
        for line, message in unknown_names(piece.tree)
    ]


def _is_date(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return len(name) == 10
