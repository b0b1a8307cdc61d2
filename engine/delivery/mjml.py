"""MJML with Jinja in it becomes HTML with Jinja in it, compiled once; every tag remembers its file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import mrml

from engine.errors import Place, TemplateFault

# Jinja's tags travel through the MJML compiler as words that it has no reason to touch.
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
WORD = re.compile(r"jqz(\d{5})zqj")
INCLUDE = re.compile(r'<mj-include\s+path="([^"]*)"\s*/>')
ELEMENT = re.compile(
    r"<!--.*?-->|<(/?)([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>|jqz\d{5}zqj", re.DOTALL
)
# What a reader's program follows or loads must lead to the web or to a mailbox: said at once where it is written
# out, and asked of each customer's value where it begins with one.
LINK = r"""\b(?:href|src|action|background)\s*=\s*"""
LINK_BEGINS = re.compile(LINK + r"""["']?\s*$""", re.IGNORECASE)
BAD_LINK = re.compile(
    LINK
    + r"""(?:["']\s*(?!["']|https?://|mailto:|\#|jqz\d)|(?!["'\s]|https?://|mailto:|\#|jqz\d))[^"'>]{0,60}""",
    re.IGNORECASE,
)
STRUCTURE = {"mj-body", "mj-wrapper", "mj-section", "mj-column", "mj-group", "mj-hero"}
PART = re.compile(r"[a-z][a-z0-9-]*")
DEEPEST_INCLUDE = 4


@dataclass(frozen=True, slots=True)
class Compiled:
    """HTML whose Jinja tags are back, and where each line of it comes from."""

    source: str
    places: tuple[Place, ...]  # of each line: the file and line of its tag


@dataclass(frozen=True, slots=True)
class _Tag:
    text: str
    place: Place


def compile_mjml(text: str, file: str, include: Callable[[str], tuple[str, str]], blamed: str) -> Compiled:
    """Compiles a document; `include` gives a part's (text, file) by its name. Raises TemplateFault with the place."""
    tags: list[_Tag] = []
    flat = _raw_where_structure(_flatten(text, file, include, tags, 0))
    if re.search(r"<mj-style[^>]*\binline\b", flat):
        raise TemplateFault(
            "mj-style inline would move the tags of loops",
            place=Place(blamed),
            remedy="write attributes instead",
        )
    try:
        output = mrml.to_html(flat)
    except OSError as error:
        raise TemplateFault(
            f"this is not MJML: {_shown(str(error), tags)}",
            place=Place(blamed),
            remedy="check its tags; Jinja may stand between tags or in quotes",
        ) from error
    bad = BAD_LINK.search(output.content)
    if bad:
        said = _shown(bad[0], tags)
        raise TemplateFault(f"a link that is not http, https or mailto: {said!r}", place=Place(blamed))
    return _with_tags(output.content, tags, file)


def _flatten(
    text: str, file: str, include: Callable[[str], tuple[str, str]], tags: list[_Tag], depth: int
) -> str:
    """Puts words for Jinja's tags and parts for mj-include."""
    if depth > DEEPEST_INCLUDE:
        raise TemplateFault("parts include one another", place=Place(file), remedy="break the circle")

    _closed(text, file)

    def word(found: re.Match[str]) -> str:
        line = text.count("\n", 0, found.start()) + 1
        if found[0].startswith("{#"):
            return ""
        tags.append(_Tag(found[0], Place(file, line)))
        return f"jqz{len(tags) - 1:05d}zqj"

    def part(found: re.Match[str]) -> str:
        if not PART.fullmatch(found[1]):
            raise TemplateFault(
                f"{found[1]!r} is no name of a part", place=Place(file), remedy="name it as in _layout/"
            )
        inner, inner_file = include(found[1])
        return _flatten(inner, inner_file, include, tags, depth + 1)

    return INCLUDE.sub(part, TAG.sub(word, text))


def _closed(text: str, file: str) -> None:
    """Finds a tag that is opened and never closed; MJML would take it for words."""
    bare = TAG.sub(lambda found: " " * 2 + "\n" * found[0].count("\n"), text)
    stray = re.search(r"\{\{|\{%", bare)
    if stray:
        line = bare.count("\n", 0, stray.start()) + 1
        raise TemplateFault(f"{stray[0]} is not closed", place=Place(file, line), remedy="write }} or %}")


def _raw_where_structure(text: str) -> str:
    """Wraps a tag that stands between sections, columns or their contents into mj-raw, where MJML lets it be."""
    open_elements: list[str] = []

    def step(found: re.Match[str]) -> str:
        if found[0].startswith("jqz"):
            inside = open_elements[-1] if open_elements else ""
            return f"<mj-raw>{found[0]}</mj-raw>" if inside in STRUCTURE else found[0]
        if found[2] and not found[4]:
            if not found[1]:
                open_elements.append(found[2])
            elif found[2] in open_elements:
                while open_elements.pop() != found[2]:
                    pass
        return found[0]

    return ELEMENT.sub(step, text)


def _with_tags(html: str, tags: list[_Tag], file: str) -> Compiled:
    """Puts the tags back, each on a line of its own that the reader of the mail never sees (a Jinja comment)."""
    parts, places, end = [], [Place(file)], 0
    for found in WORD.finditer(html):
        own, before = tags[int(found[1])], html[end : found.start()]
        places += [places[-1]] * before.count("\n") + [own.place] * (1 + own.text.count("\n"))
        begins_link = LINK_BEGINS.search(html, max(0, found.start() - 40), found.start())
        parts += [before, "{#\n#}", _as_link(own) if begins_link else own.text]
        end = found.end()
    parts.append(html[end:])
    places += [places[-1]] * html.count("\n", end)
    return Compiled("".join(parts), tuple(places))


def _as_link(tag: _Tag) -> str:
    """Lets an expression at the beginning of a link give nothing but an address of the web or a mailbox."""
    if not tag.text.startswith("{{"):
        remedy = "begin it with https:// or {{, and put conditions around the whole element"
        raise TemplateFault("a link cannot begin with a condition", place=tag.place, remedy=remedy)
    return "{{ (" + tag.text[2:-2].strip("-+ \n") + ")|as_link }}"


def _shown(message: str, tags: list[_Tag]) -> str:
    return WORD.sub(lambda found: tags[int(found[1])].text, message)
