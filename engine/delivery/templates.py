"""The folder of mail templates: which files make a customer's mail, compiled once and kept until they change.

    NAME/LANGUAGE/{subject.txt, body.mjml, body.txt}       a template; body.txt may be left out
    NAME/issues/2026-12-05/LANGUAGE/…                      a newsletter: what each issue says, by the local date
    NAME/variants/VARIANT/LANGUAGE/…                       another wording to compare; what it lacks is the template's
    _layout/layout.mjml, _layout/LANGUAGE/NAME.{mjml,txt}  the frame of all mails, and parts to include

Where the folder lacks `plain`, the one that is shipped is taken.
The language is the customer's, else the shop's, else the first of pl, uk, ru, en that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.config import LANGUAGES
from engine.consent.confirmation import TEMPLATE
from engine.delivery.mjml import DEEPEST_INCLUDE
from engine.delivery.pieces import Piece, html_piece, text_piece
from engine.errors import Place, TemplateFault

LAYOUT, ISSUES, VARIANTS = "_layout", "issues", "variants"
PLAIN = "plain"  # what every rule may send, whatever the folder holds
ALWAYS = (PLAIN, TEMPLATE)  # taken from what is shipped where the folder lacks them
SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "email"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,127}")
TEXT_INCLUDE = re.compile(r'^[ \t]*<include "([^"\n]*)">[ \t]*$', re.MULTILINE)


class MissingIssue(TemplateFault):
    """Says that a newsletter has no content for a date: nobody gets a mail then."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The compiled files of one template in one language; without `text` it is made from the HTML."""

    language: str
    subject: Piece
    html: Piece
    text: Piece | None
    folder: Path


class Templates:
    """Finds and compiles templates of one folder, which holds one folder for each template."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._loaded: dict[tuple[Path, str], Loaded] = {}
        self._chosen: dict[
            tuple[object, ...], Loaded
        ] = {}  # by what was asked for: looking at folders takes longer
        self._fingerprint = self._look()

    def refresh(self) -> None:
        """Forgets what was compiled if any file of the folder has changed; called once a round."""
        seen = self._look()
        if seen != self._fingerprint:
            self._loaded.clear()
            self._chosen.clear()
            self._fingerprint = seen

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return tuple(sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files))

    def names(self) -> list[str]:
        """Lists the templates that there are; `plain` always is."""
        folders = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(
            {PLAIN, *(path.name for path in folders if path.is_dir() and NAME.fullmatch(path.name))}
        )

    def has_issues(self, template: str) -> bool:
        """Says whether a template is a newsletter, whose content is written issue by issue."""
        return NAME.fullmatch(template) is not None and (self.folder / template / ISSUES).is_dir()

    def has_issue(self, template: str, local_date: date, language: str | None = None) -> bool:
        """Says whether there is content for that date that this reader could be sent; any language will do at last."""
        return (
            _language_folder(self.folder / template / ISSUES / local_date.isoformat(), (language,))
            is not None
        )

    def load(
        self,
        template: str,
        languages: Sequence[str | None],
        *,
        local_date: date | None = None,
        variant: str | None = None,
    ) -> Loaded:
        """Returns the compiled template in the best language; raises TemplateFault where there is none."""
        asked = (template, *languages, local_date, variant)
        if asked not in self._chosen:
            self._chosen[asked] = self._choose(template, languages, local_date, variant)
        return self._chosen[asked]

    def _choose(
        self, template: str, languages: Sequence[str | None], local_date: date | None, variant: str | None
    ) -> Loaded:
        if template in ALWAYS and not any((self.folder / name).is_dir() for name in (template, LAYOUT)):
            return Templates(SHIPPED).load(template, languages)  # with the frame that belongs to it
        base = self._base(template, local_date)
        wording = self._wording(template, base, variant)
        folder = _language_folder(base, languages, wording)
        if folder is None:
            if base.parent.name == ISSUES:
                raise MissingIssue(
                    f"{template} has no issue of {base.name}",
                    place=Place(str(base)),
                    remedy="write it, or let it be",
                )
            raise TemplateFault(
                f"template {template!r} has no language",
                place=Place(str(base)),
                remedy="add LANGUAGE/subject.txt and body.mjml",
            )
        own = wording / folder.name if wording and (wording / folder.name).is_dir() else folder
        key = (own, own.name)
        if key not in self._loaded:
            self._loaded[key] = self.compile(own, folder)
        return self._loaded[key]

    def folder_of(self, name: str) -> Path:
        """Returns a template's folder; what a rule may always send is there without one."""
        own = self.folder / name
        return SHIPPED / name if name in ALWAYS and not own.is_dir() else own

    @property
    def _layout(self) -> Path:
        return self.folder / LAYOUT

    def _base(self, template: str, local_date: date | None) -> Path:
        if not NAME.fullmatch(template) or not self.folder_of(template).is_dir():
            raise TemplateFault(
                f"there is no template {template!r}",
                place=Place(str(self.folder)),
                remedy=f"known: {', '.join(self.names())}",
            )
        base = self.folder_of(template)
        if self.has_issues(template) and local_date is not None:
            return base / ISSUES / local_date.isoformat()
        return base

    @staticmethod
    def _wording(template: str, base: Path, variant: str | None) -> Path | None:
        """Returns the folder of a variant, where there is one; the template itself is a variant without files."""
        if not variant or base.name != template or variant in (".", ".."):
            return None
        folder = base / VARIANTS / Path(variant).name
        return folder if folder.is_dir() else None

    def compile(self, folder: Path, base: Path | None = None) -> Loaded:
        """Compiles the files of one language; raises TemplateFault with the first that is wrong.

        What `folder` lacks is taken from `base`, but no text that would belong to another body.
        """
        language, files = folder.name, _files(folder, base or folder)
        subject = text_piece(self._read(files["subject.txt"]).strip(), str(files["subject.txt"]))
        body, text_file = files["body.mjml"], files["body.txt"]
        text = (
            text_piece(self._framed_text(text_file, language), str(text_file)) if text_file.exists() else None
        )
        return Loaded(
            language,
            subject,
            html_piece(*self._framed(body), self._parts(language, body), str(body)),
            text,
            folder,
        )

    def _framed(self, body: Path) -> tuple[str, str]:
        """Returns the document to compile: the body itself if it is a whole one, else the layout around it."""
        text = self._read(body)
        layout = self._layout / "layout.mjml"
        if "<mjml" in text or not layout.exists():
            return (text if "<mjml" in text else f"<mjml><mj-body>{text}</mj-body></mjml>"), str(body)
        return self._read(layout), str(layout)

    def _parts(self, language: str, body: Path):  # type: ignore[no-untyped-def]
        def include(name: str) -> tuple[str, str]:
            file = body if name == "body" else self._part(name, language, "mjml")
            return self._read(file), str(file)

        return include

    def _framed_text(self, file: Path, language: str) -> str:
        """Adds the layout's footer to a text, and the parts that it includes."""
        text = self._spliced(self._read(file), language, 0)
        footer = self._part("footer", language, "txt")
        return f"{text.rstrip()}\n\n{self._read(footer)}" if footer.exists() else text

    def _spliced(self, text: str, language: str, depth: int) -> str:
        """Puts the parts of a text in their places, and their parts in theirs."""
        if depth > DEEPEST_INCLUDE:
            raise TemplateFault(
                "parts include one another", place=Place(str(self._layout)), remedy="break the circle"
            )

        def part(found: re.Match[str]) -> str:
            return self._spliced(
                self._read(self._part(found[1], language, "txt")).rstrip("\n"), language, depth + 1
            )

        return TEXT_INCLUDE.sub(part, text)

    def _part(self, name: str, language: str, kind: str) -> Path:
        """Finds a part of the layout: in the language's folder, else in the common one."""
        if not NAME.fullmatch(name):
            raise TemplateFault(f"{name!r} is no name of a part", place=Place(str(self._layout)))
        own = self._layout / language / f"{name}.{kind}"
        return own if own.exists() else self._layout / f"{name}.{kind}"

    def _read(self, file: Path) -> str:
        try:
            return file.read_text("utf-8")
        except FileNotFoundError:
            raise TemplateFault(
                f"{file.name} is missing", place=Place(str(file)), remedy="write it"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateFault(
                f"it cannot be read: {error}", place=Place(str(file)), remedy="save it as UTF-8"
            ) from error


def _language_folder(base: Path, languages: Iterable[str | None], wording: Path | None = None) -> Path | None:
    """Returns the folder of the first language that is there, in the template or in a wording of its own."""
    for language in (*languages, *LANGUAGES):
        if not language or language not in LANGUAGES:
            continue
        if (base / language).is_dir() or (wording is not None and (wording / language).is_dir()):
            return base / language
    return None


def _files(folder: Path, base: Path) -> dict[str, Path]:
    """Finds each file in the folder, else in the base; a body of its own has no text but its own."""
    own_body = (folder / "body.mjml").exists()
    return {
        "subject.txt": _first(folder / "subject.txt", base / "subject.txt"),
        "body.mjml": _first(folder / "body.mjml", base / "body.mjml"),
        "body.txt": folder / "body.txt" if own_body else _first(folder / "body.txt", base / "body.txt"),
    }


def _first(own: Path, other: Path) -> Path:
    return own if own.exists() or not other.exists() else other
