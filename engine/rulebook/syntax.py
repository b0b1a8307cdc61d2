"""YAML's own syntax errors, said so that a marketer knows what to change."""

from __future__ import annotations

import re

COMPARISON = 'a comparison needs quotes, as ">= 50"'
# What ruamel.yaml says, and what it means to the person who wrote it.
SENTENCES: tuple[tuple[str, str], ...] = (
    (r"expected chomping or indentation indicators|expected a comment or a line break", COMPARISON),
    (r"found character '>' that cannot start any token", COMPARISON),
    (r"found character '(.)' that cannot start any token", "a value that begins with {0} needs quotes"),
    (r"mapping values are not allowed here",
     "there is a colon where no key can be; put a text with a colon in quotes, or mend the indentation"),
    (r"expected ',' or '\}'", "a brace is not closed, or a comma is missing before this"),
    (r"expected ',' or '\]'", "a square bracket is not closed, or a comma is missing before this"),
    (r"could not find expected ':'", "a key without a colon; write it as key: value"),
    (r"found unexpected end of stream", "a quote is opened here and never closed"),
    (r"too large to convert|chr\(\) arg", "an escape in double quotes names no character; use single quotes"),
    (r"found unknown escape character", "a backslash means something else in double quotes; use single quotes"),
    (r"but found '[}\]]'", "there is one closing bracket too many"),
    (r"expected <block end>, but found '<scalar>'",
     "this does not belong to the value before it; put the whole value in quotes, or mend the indentation"),
    (r"expected <block end>|expected '<document start>'", "this line stands out of line with those above it"),
    (r"found undefined alias|expected alphabetic or numeric character",
     "anchors and aliases (& and *) are not accepted; put a text that begins with one in quotes"),
)  # fmt: skip


def said_plainly(problem: str | None) -> str:
    """Turns a parser's message into a sentence that says what to change."""
    for pattern, sentence in SENTENCES:
        found = re.search(pattern, problem or "")
        if found:
            return sentence.format(*found.groups())
    return f"this is not YAML: {problem or 'it cannot be read'}"
