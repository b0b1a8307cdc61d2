"""How a sheet writes days and amounts: found out from its cells, and turned into what the API's shapes read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from babel.core import get_global

YMD, DMY, MDY = "ymd", "dmy", "mdy"
DAYS = {YMD: "2026-12-31", DMY: "31.12.2026", MDY: "12/31/2026"}
COMMA, POINT = ",", "."
DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
CLOCK = re.compile(r"[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?")
ZONE = re.compile(r"\s*(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2}))")
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# An amount is the whole cell: a number, before or behind it what money it is, and nothing else.
BLANKS = re.compile("[ \u00a0\u2009\u202f]+")
SIGNS = "$€£¥₴₽₺"
WORD = rf"[^\W\d_]{{1,9}}(?:\.(?![0-9]))?|[A-Z]{{0,2}}[{SIGNS}]"
WRITTEN = re.compile(
    rf"(?P<minus>[-\u2212])? ?(?P<before>{WORD})? ?(?P<inner>[-\u2212])? ?"
    rf"(?P<number>[0-9](?:[0-9 '.,]*[0-9])?)(?P<dash>[.,][-\u2013\u2014]{{1,2}})? ?(?P<behind>{WORD})?"
)
MONEY = (
    "zł", "zl", "złoty", "złote", "złotych", "грн", "гривня", "гривні", "гривень", "руб", "рубль", "рубля", "рублей", "р",
    "euro", "kč", "kc", "ft", "lei", "kr", "лв",
)  # fmt: skip
# The same number by either mark: what groups thousands is one sign all through, and never the decimal mark.
NUMBERS = {
    mark: re.compile(
        rf"(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?P<group>[ '{other}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*)"
        rf"(?:{re.escape(mark)}(?P<cents>[0-9]+))?"
    )
    for mark, other in ((COMMA, POINT), (POINT, COMMA))
}


def order_of_days(cells: Iterable[str], american: bool = False) -> str:
    """Returns in which order days are written; where no cell tells, day first, or month first if `american`."""
    seen = set()
    for cell in cells:
        found = DAY.match(cell.strip())
        if found is None:
            continue
        first, _, second, _ = found.groups()
        if len(first) > 2:
            seen.add(YMD)
        elif int(first) > 12:
            seen.add(DMY)
        elif int(second) > 12:
            seen.add(MDY)
    told = [order for order in (YMD, DMY, MDY) if order in seen]
    return (
        told[0] if len(told) == 1 else MDY if american and DMY not in seen else DMY if seen != {YMD} else YMD
    )


def moment(cell: str, order: str) -> str:
    """Writes a day or moment as ISO 8601; what is none stays as it is, for the shape to refuse with its own words."""
    text = cell.strip()
    found = DAY.match(text)
    if found is None:
        return text
    first, _, second, third = found.groups()
    year, month, day = (first, second, third) if len(first) > 2 else _turned(first, second, third, order)
    clock, rest = CLOCK.match(text, found.end()), found.end()
    written = f"{int(year) + 2000 * (len(year) == 2):04}-{int(month):02}-{int(day):02}"
    if clock is not None:
        rest = clock.end()
        written += f"T{_hour(int(clock[1]), clock[4]):02}:{clock[2]}:{clock[3] or '00'}"
    zone = ZONE.fullmatch(text, rest)
    if zone is not None:
        return written + ("Z" if zone[1] else f"{zone[2]}:{zone[3]}")
    return written if not text[rest:].strip() else text


def _turned(first: str, second: str, third: str, order: str) -> tuple[str, str, str]:
    return (third, first, second) if order == MDY else (third, second, first)


def _hour(hour: int, half: str | None) -> int:
    return hour if half is None else hour % 12 + 12 * (half in "Pp")


def decimal_mark(cells: Iterable[str]) -> str | None:
    """Returns what stands before the cents, or None where no cell tells: `1.299` may be either."""
    votes = {COMMA: 0, POINT: 0}
    for cell in cells:
        found = _readings(cell)
        if len(found) == 1:  # by the other mark this would be no number
            votes[next(iter(found))] += 1
    return None if votes[COMMA] == votes[POINT] else max(votes, key=lambda mark: votes[mark])


def amount(cell: str, mark: str) -> str:
    """Writes an amount plainly, without currency and thousands; what is none stays as it is, to be refused.

    `mark` decides only where both are possible: `1.299` is 1299 where a comma stands before the cents.
    """
    found = _readings(cell)
    return cell if not found else found.get(mark) or next(iter(found.values()))


def _readings(cell: str) -> dict[str, str]:
    """Returns what a cell comes to with either decimal mark; nothing where it is not one amount and only that."""
    found = WRITTEN.fullmatch(BLANKS.sub(" ", cell.replace("’", "'").strip()))
    if found is None or (found["before"] and found["behind"]) or (found["minus"] and found["inner"]):
        return {}
    if not all(_is_money(word) for word in (found["before"], found["behind"]) if word):
        return {}
    read: dict[str, str] = {}
    for mark, pattern in NUMBERS.items():
        number = pattern.fullmatch(found["number"])
        if number and not (number["cents"] and found["dash"]):
            digits = re.sub(r"[ '.,]", "", number["whole"]) + (
                f".{number['cents']}" if number["cents"] else ""
            )
            negative = (found["minus"] or found["inner"]) and digits.strip("0.")
            read[mark] = f"-{digits}" if negative else digits
    return read


def _is_money(word: str) -> bool:
    bare = word.removesuffix(".")
    if bare[-1] in SIGNS or bare.casefold() in MONEY:
        return True
    return bare.upper() in get_global("all_currencies") and bare[0] not in "xX"  # gold and the like
