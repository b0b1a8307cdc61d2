"""Values that nobody should send, and ways to spoil a message: drawn from a seed, so that each case comes again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ufeff", "\u2028", "\u202eevil", "\r\nBcc: x@example.com",
    "\x1b[31m", "🦄", "e\u0301",
    "null", "true", "0", "-0", "-1", "1e9999", "-1e-9999", "NaN", "Infinity", "0x10", "١٢٣", "1,5", "1.5.5", "9" * 40,
    "9" * 5000,
    "0." + "0" * 400 + "1", "2026-02-30", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
    "2026-03-01T10:00:00+23:59",
    "2026-03-01T10:00:00.123456789Z", "2026-W09-1", "2026-03-29T02:30:00", "1970-01-01", "-0001-01-01", "24:00",
    "2026-03-01T24:00:00Z",
    "anna@example.com", "Anna@żółw.pl", "a@b", "@", "ß@ß.de", "a" * 65 + "@example.com", "xn--a@xn--a.pl",
    '"a b"@x.pl', "a@[127.0.0.1]",
    "anna@example.com\n", "..", "../../etc/passwd", "%00", "%2e%2e", "{{7*7}}", "${7*7}", "{% for x in () %}", "%s%n",
    "'; drop table orders--",
    '" or 1=1', "\\", "\\u0000", "<script>alert(1)</script>", "javascript:alert(1)", "http://[::1",
    "https://x" + "a" * 3000, "data:,x",
    "=cmd|' /C calc'!A0", "PLN", "EUR", "ZZZ", "pln", "PL", "Polska", "Europe/Warsaw", "Europe/Krakow", "pl", "xx",
    "marketing",
    "a/b~c", "~0", "~", "/", "#", "__proto__", "constructor", "optics//lenses", "a" * 129, "a" * 5000, "żółć" * 100,
    "shipped", "cancelled",
)  # fmt: skip
NUMBERS = (
    0, -0.0, 1, -1, 2, 0.1, 1.5, 1e308, -1e308, 5e-324, 1e15, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63,
    -(2**63) - 1, 10**30,
    10**4000, 127, 255, 1_000_000_007,
)  # fmt: skip
SHAPES: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], [None], {"": None}, {"id": None}, {"id": {"id": []}}, [{}], {"0": {}},
    {"a": {"b": {"c": []}}}, [[[[1]]]],
)  # fmt: skip
DEEP = "a list that is far too deep"  # as text: Python itself writes none
KEYS = (
    "",
    "id",
    "ID",
    " id",
    "id\0",
    "totl",
    "email",
    "lines",
    "__class__",
    "$ref",
    "a/b~c",
    "\ud800",
    "żółw",
    "x" * 300,
)


def odd(random: Random) -> Any:
    """Returns something that stands nowhere rightly."""
    return copy.deepcopy(random.choice(random.choice((TEXTS, TEXTS, NUMBERS, SHAPES))))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yields every container of a message with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def bent(random: Random, message: Any, times: int) -> Any:
    """Returns a copy of a message that was spoilt in so many places."""
    sent = copy.deepcopy(message)
    for _ in range(times):
        found = list(places(sent))
        if not found:
            return odd(random)
        where, key = random.choice(found)
        sent = random.choice(WAYS)(random, sent, where, key, found)
    return sent


Spoil = Callable[[Random, Any, Any, Any, list[tuple[Any, Any]]], Any]


def _drop(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    del where[key]
    return sent


def _retype(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    old = where[key]
    where[key] = random.choice(
        (str(old), [old], {"0": old}, not old, None, 7, 0.5, "", [], {}, json.dumps(old))
    )
    return sent


def _replace(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    where[key] = odd(random)
    return sent


def _swap(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    other, name = random.choice(found)
    where[key], other[name] = copy.deepcopy(other[name]), copy.deepcopy(where[key])
    return sent


def _repeat(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    if isinstance(where, list):
        where.extend(copy.deepcopy(where[key]) for _ in range(random.choice((1, 2, 30, 1200))))
    else:
        where[random.choice(KEYS)] = copy.deepcopy(where[key])
    return sent


def _extreme(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    old = where[key]
    if isinstance(old, str):
        where[key] = random.choice(
            (
                old * 1000,
                old[: len(old) // 2],
                old + "\0",
                old.upper(),
                old[::-1],
                " " + old,
                "-" + old,
                old + "0" * 30,
            )
        )
    elif isinstance(old, int | float):
        where[key] = random.choice((-old, old * 10**15, f"{old}.5", str(old), 10**100, 0))
    else:
        where[key] = random.choice((nested(3), nested(90), DEEP))
    return sent


def _rename(random: Random, sent: Any, where: Any, key: Any, found: Any) -> Any:
    if isinstance(where, dict):
        where[random.choice((*KEYS, str(key) + "s", str(key)[:-1], str(key).upper()))] = where.pop(key)
    return sent


WAYS: tuple[Spoil, ...] = (_drop, _drop, _retype, _replace, _replace, _swap, _repeat, _extreme, _rename)


def nested(depth: int) -> Any:
    """Returns a list in a list, so deep."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


def written(random: Random, value: Any) -> bytes:
    """Writes a value as JSON, in one of the ways in which programs do."""
    ascii_only = random.random() < 0.7
    text = json.dumps(value, ensure_ascii=ascii_only, indent=random.choice((None, None, None, 1)))
    return text.replace(f'"{DEEP}"', "[" * 900 + "]" * 900).encode("utf-8", "surrogatepass")


def damaged(random: Random, raw: bytes) -> bytes:
    """Returns bytes that were hurt on their way."""
    cut, end = sorted((random.randrange(len(raw) + 1), random.randrange(len(raw) + 1)))
    return random.choice((
        lambda: raw[:cut],
        lambda: raw[cut:],
        lambda: raw[:cut] + random.randbytes(random.randrange(1, 5)) + raw[cut + 1 :],
        lambda: raw[:cut] + raw[end:],
        lambda: raw[:end] + raw[cut:end] + raw[end:],
        lambda: raw.replace(b'":', b'": 1, "x":', 1),
        lambda: raw[:1] + raw[1 : len(raw) // 2] + b"," + raw[1:] if raw[:1] == b"{" else raw + raw,  # keys twice
        lambda: raw.replace(b"e", b"\xc3", 1),
        lambda: b"\xef\xbb\xbf" + raw,
        lambda: raw.decode("utf-8", "replace").encode("utf-16"),
        lambda: raw.decode("utf-8", "replace").encode("utf-8").replace(b"\n", b"\r\n") + b"\0",
    ))()  # fmt: skip


GARBAGE: tuple[bytes, ...] = (
    b"", b" ", b"\0", b"null", b"true", b"5", b'""', b"[]", b"{}", b"[[]]", b"[null]", b"{", b"}", b'{"id"', b"NaN",
    b"-", b"1e999", b"1" * 5000,
    b"-" + b"9" * 20000, b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"', b'{"id": "\\u0000"}', b'{"a":1,"a":2}',
    b"\xff\xfe{\x00}\x00",
    b"\x1f\x8b\x08\x00", b"id=1&email=a%40b", b"<?xml version='1.0'?><a/>",
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n",
    b"\n" * 3000, b"{}\n" * 30, b"{}\n[]\nnull\n5\n{\n", b"[" + b"{}," * 2000 + b"{}]", b"[0" + b",0" * 60_000 + b"]",
)  # fmt: skip
