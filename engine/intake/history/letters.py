"""In which letters a file is written: UTF-8, or the code pages of spreadsheets in Poland, Ukraine and Russia."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from engine.errors import Place, UsageError

UTF8, POLISH, CYRILLIC, LATIN_2 = "utf-8", "cp1250", "cp1251", "iso-8859-2"
ENCODINGS = (UTF8, POLISH, CYRILLIC, LATIN_2)
PART = 1 << 20  # bytes
RUNS = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)([A-Za-z]?)")
TWO_BYTES = re.compile(rb"[\xc3-\xc5\xd0-\xd2][\x80-\xbf]")  # letters of our languages in UTF-8
NEARLY = 0.8  # of what is not ASCII: the rest is UTF-8 that was torn
# ą, ś and ź, by which Polish in cp1250 differs from Polish in ISO 8859-2
OF_CP1250, OF_LATIN_2 = frozenset(b"\xb9\x9c\x9f\x8c\x8f\xa5"), frozenset(b"\xb1\xb6\xbc\xa6\xac\xa1")


def encoding_of(path: Path) -> str:
    """Returns one of ENCODINGS; raises UsageError for UTF-16.

    A file that is UTF-8 nearly everywhere is UTF-8: the rows that are not are refused one by one.
    """
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            remedy = "save the sheet as CSV UTF-8"
            raise UsageError(
                "this is UTF-16, as Excel's “Unicode text”", place=Place(str(path), 1), remedy=remedy
            )
    if _is_utf8(path):
        return UTF8
    utf8 = foreign = cyrillic = latin = 0
    seen: set[int] = set()
    for part in _parts(path):
        utf8 += 2 * len(TWO_BYTES.findall(part))
        for before, run, after in RUNS.findall(part):
            seen.update(run)
            foreign += len(run)
            # a word of Polish has plain letters beside the others, a word of Ukrainian has none
            latin, cyrillic = (
                latin + bool(before or after),
                cyrillic + (not (before or after) and len(run) > 2),
            )
    if utf8 > NEARLY * foreign:
        return UTF8
    if cyrillic > latin:
        return CYRILLIC
    return LATIN_2 if seen & OF_LATIN_2 and not seen & OF_CP1250 else POLISH


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder(UTF8)()
    try:
        for part in _parts(path):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART):
            yield part


def decoded(raw: bytes, encoding: str) -> tuple[str, str | None]:
    """Returns a line of a file as text, and what is wrong with its letters, if anything.

    A line that is UTF-8 from end to end is read as that also in a file of a code page: sheets are put together from others.
    """
    if raw.isascii():
        return raw.decode("ascii"), None
    try:
        return raw.decode(UTF8), None
    except UnicodeDecodeError as error:
        if encoding == UTF8:
            return raw.decode(UTF8, "replace"), f"byte {error.start + 1} of the line is not UTF-8"
    text = raw.decode(encoding, "replace")
    return text, f"a letter that {encoding.upper()} does not have" if "\ufffd" in text else None
