"""How a sheet writes days and amounts: found out from its cells, and turned into what the API's shapes read."""

from __future__ import annotations

import re
from collections.abc import Iterable

YMD, DMY, MDY = "ymd", "dmy", "mdy"
DAYS = {YMD: "2026-12-31", DMY: "31.12.2026", MDY: "12/31/2026"}
COMMA, POINT = ",", "."
DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
CLOCK = re.compile(r"[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?")
ZONE = re.compile(r"\s*(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2}))")
PLAIN = re.compile(r"-?\d+(\.\d+)?")
AMOUNT = re.compile(r"-?[\d \u00a0\u202f'.,]*\d")
DECIMALS = re.compile(r"([.,])(\d+)$")


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
        found = AMOUNT.search(cell)
        ends = DECIMALS.search(found[0]) if found else None
        if found and ends and (len(ends[2]) != 3 or {COMMA, POINT} <= set(found[0])):
            votes[ends[1]] += 1
    return None if votes[COMMA] == votes[POINT] else max(votes, key=lambda mark: votes[mark])


def amount(cell: str, mark: str) -> str:
    """Writes an amount plainly, without currency and thousands; what is none stays as it is."""
    found = AMOUNT.search(cell)
    if found is None:
        return cell
    bare = re.sub(r"[ \u00a0\u202f']", "", found[0])
    if mark == COMMA and (COMMA in bare or re.fullmatch(r"-?\d{1,3}(\.\d{3})+", bare)):
        bare = bare.replace(POINT, "").replace(COMMA, POINT)
    elif mark == POINT and re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(COMMA, "")
    return bare if PLAIN.fullmatch(bare) else cell
