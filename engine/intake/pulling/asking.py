"""One question to a shop system over HTTP: bounded in time and size, encrypted, following no redirect, answered in JSON."""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from engine.errors import RegularsError

SECONDS = 20.0  # for each step of the way
WHOLE = 60.0  # for one answer, however slowly it drips
LARGEST = 20_000_000  # bytes
LONGEST_WAIT = 3600  # seconds that a shop may ask us to wait
SLOW_DOWN = (429, 503)


class NotAnswered(RegularsError):
    """Says why a shop system could not be asked; `wait` is for how many seconds it wants no further question."""

    wait = 0


def ask(url: str, headers: Mapping[str, str], body: bytes | None = None) -> Any:
    """Returns the JSON that an address answers with, numbers exact; raises NotAnswered with what is to be done."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = _connection(parts.scheme, host, parts.port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    said = {"Accept": "application/json", "User-Agent": "Regulars", **headers}
    try:
        connection.request("GET" if body is None else "POST", path, body, said)
        with connection.getresponse() as answer:
            text = _read(answer, host)
    except (OSError, http.client.HTTPException) as error:
        raise NotAnswered(
            f"{host}: {error or type(error).__name__}", remedy="it is asked again later"
        ) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise _refusal(host, answer, text)
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise NotAnswered(
            f"{host} answers with something that is no JSON",
            remedy="see whether the address is right, and what stands before the shop",
        ) from None


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
    if not _is_this_machine(host):
        raise NotAnswered("a key does not travel unencrypted", remedy="write https:// in config.yaml")
    return http.client.HTTPConnection(host, port, timeout=SECONDS)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(answer: http.client.HTTPResponse, host: str) -> bytes:
    until, found = time.monotonic() + WHOLE, bytearray()
    while piece := answer.read1(65_536):
        found += piece
        if len(found) > LARGEST:
            raise NotAnswered(f"{host} answers with more than {LARGEST // 1_000_000} MB")
        if time.monotonic() > until:
            raise NotAnswered(f"{host} answers too slowly")
    return bytes(found)


def _refusal(host: str, answer: http.client.HTTPResponse, text: bytes) -> NotAnswered:
    """Makes the error of an answer that is none, with the shop's own word for it where it gives one."""
    remedy = "it is asked again later"
    if answer.status in (401, 403):
        remedy = "see whether the key in config.yaml is right and may read orders"
    elif answer.status == 404:
        remedy = "see whether the address in config.yaml is that of the shop"
    elif 300 <= answer.status < 400:
        place = urlsplit(answer.headers.get("Location") or "")
        remedy = (
            f"it sends elsewhere: write {place.scheme}://{place.netloc} in config.yaml if that is the shop"
        )
    error = NotAnswered(f"{host} answers {answer.status}{_word(text)}", remedy=remedy)
    if answer.status in SLOW_DOWN:
        error.wait = _seconds(answer.headers.get("Retry-After"))
    return error


def _word(text: bytes) -> str:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    code = said.get("code") if isinstance(said, dict) else None
    return f" ({' '.join(str(code).split())[:80]})" if code else ""


def _seconds(said: str | None) -> int:
    return min(LONGEST_WAIT, int(said)) if said and said.strip().isdigit() and len(said) < 9 else 60
