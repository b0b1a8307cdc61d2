"""Posting to an endpoint: within its time, to an address that was looked at, over TLS that holds; no redirect, few bytes read."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from engine.clock import HOUR, SECOND
from engine.config_endpoints import Endpoint
from engine.feedback.fetching import Resolve, addresses_of, is_public

LARGEST = 65_536  # bytes of an answer that are read, so that the connection can be used again
AGENT = "Regulars-Webhooks/1"
SPENT = (
    http.client.RemoteDisconnected,
    ConnectionResetError,
    BrokenPipeError,
)  # an old connection that the other end closed


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt: the status if there was one, what was wrong in our own words, and how long it took."""

    status: int | None = None
    error: str | None = None
    took: int = 0  # milliseconds
    rest: int = 0  # microseconds for which the receiver asked to be left alone

    @property
    def taken(self) -> bool:
        """Says whether the receiver has it."""
        return self.error is None


class Refused(Exception):
    """Says why an endpoint is not connected to at all."""


class Line:
    """One connection to an endpoint, opened when it is needed and used for one message after another."""

    def __init__(self, endpoint: Endpoint, resolve: Resolve = addresses_of) -> None:
        self.endpoint, self.resolve = endpoint, resolve
        self._open: _Pinned | None = None

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Posts one message; whatever goes wrong is the answer's error, which tells nothing that the receiver wrote."""
        began = time.monotonic()
        try:
            answer = self._posted(headers, body, began + self.endpoint.timeout_seconds)
        except Refused as error:
            answer = Answer(error=str(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer = Answer(error=self._said(error, began))
        if answer.status is None:
            self.close()
        took = int((time.monotonic() - began) * 1000)
        return Answer(answer.status, answer.error, took, answer.rest)

    def _posted(self, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
        used = self._open is not None
        try:
            return self._once(headers, body, until)
        except SPENT:
            self.close()
            if not used:
                raise
        return self._once(headers, body, until)

    def _once(self, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
        parts = urlsplit(self.endpoint.url)
        connection = self._open = self._open or self._connection(until)
        with _ended_at(connection, until):
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            fixed = {"Content-Type": "application/json", "User-Agent": AGENT}
            connection.request("POST", target, body, {**fixed, **headers})
            found = connection.getresponse()
            if connection.was_cut:  # what looks like the end of a head was our own doing
                raise TimeoutError
            self._read(found)
        return _judged(found)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        """Reads what little may follow; where it is more, or does not come, the connection is not used again."""
        rest = b"x" * (LARGEST + 1)
        with suppress(OSError, http.client.HTTPException, ValueError):
            rest = answer.read(LARGEST + 1)
        if len(rest) > LARGEST or answer.will_close:
            self.close()

    def _connection(self, until: float) -> _Pinned:
        """Looks the name up once; every address that it stands for must be allowed, and the first is connected to."""
        parts = urlsplit(self.endpoint.url)
        host = parts.hostname or ""
        found = self.resolve(host)
        if not found:
            raise Refused(f"{host} has no address")
        if not self.endpoint.inside and not all(map(is_public, found)):
            raise Refused(f"{host} is not on the public internet; `inside: true` would allow it")
        tls = _trust(self.endpoint.ca_file) if parts.scheme == "https" else None
        port = parts.port or (443 if tls else 80)
        return _Pinned(host, port, found[0], tls, max(0.1, until - time.monotonic()))

    def _said(self, error: Exception, began: float) -> str:
        if time.monotonic() - began >= self.endpoint.timeout_seconds or isinstance(error, TimeoutError):
            return f"no answer within {self.endpoint.timeout_seconds} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate does not hold: {error.verify_message}"
        if isinstance(error, SPENT):
            return "it hung up"
        if isinstance(error, http.client.HTTPException):
            return "what it answers is not HTTP"
        return f"cannot be reached: {getattr(error, 'strerror', None) or type(error).__name__}"

    def close(self) -> None:
        """Closes the connection; the next message opens another, to an address that is looked up anew."""
        if self._open is not None:
            self._open.close()
            self._open = None


class _Pinned(http.client.HTTPConnection):
    """Speaks to the address that was looked at, whatever the name stands for a moment later."""

    def __init__(
        self, host: str, port: int, address: str, tls: ssl.SSLContext | None, seconds: float
    ) -> None:
        super().__init__(host, port, timeout=seconds)
        self.address, self.tls = address, tls
        self.was_cut = False
        self.default_port = 443 if tls else 80  # which the Host header leaves out

    def connect(self) -> None:
        """Connects, and holds the certificate to the name."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """Ends what is going on, from another thread; whoever reads or writes is told at once."""
        self.was_cut, sock = True, self.sock
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


@contextmanager
def _ended_at(connection: _Pinned, until: float) -> Iterator[None]:
    """Cuts a connection off at a moment: one that gives a byte now and then would else last for ever."""
    left = max(0.1, until - time.monotonic())
    if connection.sock is not None:
        connection.sock.settimeout(left)
    timer = threading.Timer(left, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _judged(answer: http.client.HTTPResponse) -> Answer:
    """Only 2xx is success; a redirect is told, and not followed."""
    status = answer.status
    if 200 <= status < 300:
        return Answer(status)
    said = f"HTTP {status}" + (", a redirect, which is not followed" if 300 <= status < 400 else "")
    wait = answer.headers.get("Retry-After", "")
    asked = int(wait) * SECOND if wait.isascii() and wait.isdigit() and len(wait) < 7 else 0
    return Answer(status, said, rest=min(asked, HOUR))


@lru_cache(maxsize=32)
def _trust(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


Opened = Callable[[Endpoint], Line]
