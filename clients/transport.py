"""How a client talks to the server; clients/generate.py copies this file into the client as it is."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

# <client>

JSON, NDJSON = "application/json", "application/x-ndjson"
LONGEST_WAIT = 60.0  # seconds; whoever is told to wait longer is told so, and not kept waiting
KEPT_ANSWERS = 256


class RegularsError(Exception):
    """Whatever went wrong between this program and Regulars."""


class Unreachable(RegularsError):
    """No answer came, however often it was tried; whether the request was done is not known, so it may be sent again."""


@dataclass(frozen=True)
class Place:
    """One place of a request that is wrong: a JSON pointer (or /NAME of a query), and what is wrong there.

    An empty pointer means the request as a whole.
    """

    pointer: str
    detail: str


class Refusal(RegularsError):
    """An answer that says what is wrong, as RFC 9457 has it."""

    def __init__(
        self, status: int, title: str, detail: str, places: tuple[Place, ...], retry_after: float | None
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail = status, title, detail
        self.places, self.retry_after = places, retry_after


class Malformed(Refusal):
    """400: not JSON, or a cursor or header that is none."""


class NotLetIn(Refusal):
    """401: no key, an unknown one, or a revoked one."""


class NotAllowed(Refusal):
    """403: the key lacks the scope."""


class NotThere(Refusal):
    """404: there is nothing of that name."""


class UnderWay(Refusal):
    """409: a request with this Idempotency-Key is being worked on."""


class TooLarge(Refusal):
    """413: more bytes or items than the server takes at once."""


class Invalid(Refusal):
    """422: refused, and nothing was kept; `places` names every field that is wrong, or an empty pointer for the whole."""


class TooMany(Refusal):
    """429: more than this key may ask; `retry_after` says how many seconds to wait."""


class Away(Refusal):
    """503: the server cannot serve now; it may be sent again."""


KINDS: dict[int, type[Refusal]] = {
    400: Malformed, 401: NotLetIn, 403: NotAllowed, 404: NotThere, 409: UnderWay, 413: TooLarge, 422: Invalid,
    429: TooMany, 503: Away,
}  # fmt: skip
WORTH_WAITING = (409, 429, 503)
LOST = (ConnectionError, TimeoutError, http.client.HTTPException, OSError)


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the body as it is, and the headers by their names in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Connection:
    """Sends requests with the key, again where the connection is lost or the server asks to wait; not for several threads."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        attempts: int = 5,
        timeout: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._key = urlsplit(url), key
        self._attempts, self._timeout, self._sleep, self._context = attempts, timeout, sleep, context
        self._open: http.client.HTTPConnection | None = None
        self._kept: dict[str, tuple[str, Any]] = {}

    def close(self) -> None:
        """Lets go of the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        """Asks for JSON; what has not changed since it was asked last is not sent again."""
        said = urlencode({name: value for name, value in (query or {}).items() if value is not None})
        address = f"{path}?{said}" if said else path
        tag, known = self._kept.get(address, ("", None))
        answer = self._call("GET", address, None, {"If-None-Match": tag} if tag else {})
        if answer.status == 304:
            return json.loads(known)
        if tag := answer.headers.get("etag", ""):
            if len(self._kept) >= KEPT_ANSWERS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[address] = tag, answer.body
        return json.loads(answer.body)

    def _walk(
        self, path: str, query: Mapping[str, object], items: str, parameter: str, following: str
    ) -> Iterator[Any]:
        """Goes from page to page and yields their items."""
        asked = dict(query)
        while True:
            page = self._get(path, asked)
            yield from page[items]
            if page[following] is None:
                return
            asked[parameter] = page[following]

    def _send(self, path: str, body: bytes, kind: str, key: str | None) -> Answer:
        """Posts; each request has an Idempotency-Key, so that one whose answer was lost can be sent again."""
        return self._call(
            "POST", path, body, {"Content-Type": kind, "Idempotency-Key": key or str(uuid.uuid4())}
        )

    def _call(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        sent = {"Authorization": f"Bearer {self._key}", "Accept": JSON, **headers}
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                answer = self._once(method, address, body, sent)
            except LOST as error:
                self.close()
                if last:
                    raise Unreachable(f"{method} {address}: {error!r} after {attempt} attempts") from error
                self._sleep(_pause(attempt))
                continue
            if answer.status < 400:
                return answer
            refusal = _refusal(answer)
            wait = _pause(attempt) if refusal.retry_after is None else refusal.retry_after
            tells = refusal.status != 429 or refusal.retry_after is not None  # else waiting does not help
            if last or refusal.status not in WORTH_WAITING or not tells or wait > LONGEST_WAIT:
                raise refusal
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._open is None:
            self._open = self._connect()
        self._open.request(method, self._url.path.rstrip("/") + address, body, headers)
        with self._open.getresponse() as response:
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read(), told)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)


def _pause(attempt: int) -> float:
    """Returns how long to wait after so many attempts, in seconds: half of one, then twice that each time, at most 8."""
    return float(min(0.5 * 2 ** (attempt - 1), 8.0))


def _refusal(answer: Answer) -> Refusal:
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    places = tuple(Place(one["pointer"], one["detail"]) for one in said.get("errors", ()))
    wait = answer.headers.get("retry-after", "")
    kind = KINDS.get(answer.status, Refusal)
    title, detail = str(said.get("title", "")), str(said.get("detail", answer.body[:200]))
    return kind(answer.status, title, detail, places, float(wait) if wait.isdigit() else None)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _lines(items: Any) -> bytes:
    return b"".join(_json(item) + b"\n" for item in items)


def _part(value: object) -> str:
    """Writes an id as a part of an address."""
    return quote(str(value), safe="")
