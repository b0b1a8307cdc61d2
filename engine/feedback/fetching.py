"""Fetching what a stranger's message made us fetch: over https from a public address, once looked up, and never far."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from engine.errors import RegularsError

SECONDS = 5.0
LARGEST = 65_536
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
Resolve = Callable[[str], list[str]]


class NotFetched(RegularsError):
    """Says why an address was not fetched."""


def addresses_of(host: str) -> list[str]:
    """Looks a name up."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def is_public(address: str) -> bool:
    """Says whether an address is one of the public internet's, in whichever form it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        embedded = found.ipv4_mapped or found.sixtofour or found.teredo or any(found in net for net in NAT64)
        if embedded:  # an IPv4 address in disguise: who is really asked is the network's to say
            return False
    return found.is_global and not found.is_multicast


class _Pinned(http.client.HTTPSConnection):
    """Speaks to the address that was looked at, whatever the name stands for a moment later."""

    def __init__(self, host: str, address: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self.address, self.tls = address, context

    def connect(self) -> None:
        """Connects to the looked-up address, and holds the certificate to the name."""
        plain = socket.create_connection((self.address, self.port), SECONDS)
        try:
            self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


def fetch(
    url: str, resolve: Resolve = addresses_of, allowed: Callable[[str], bool] = is_public, port: int = 443
) -> bytes:
    """Returns what an https address gives, 64 KB at most; raises NotFetched. It follows no redirect.

    All addresses that the name stands for must be public, and the one that was looked at is the one that is asked.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.port or parts.username:
        raise NotFetched("only plain https addresses are fetched")
    try:
        found = resolve(parts.hostname)
        if not found or not all(map(allowed, found)):
            raise NotFetched(f"{parts.hostname} is not on the public internet")
        return _get(
            _Pinned(parts.hostname, found[0], port, ssl.create_default_context()), parts.path, parts.query
        )
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetched(f"{parts.hostname}: {error}") from error


def _get(connection: _Pinned, path: str, query: str) -> bytes:
    until, found = time.monotonic() + SECONDS, b""
    try:
        connection.request("GET", f"{path or '/'}{'?' if query else ''}{query}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise NotFetched(f"{connection.host} answered {answer.status}")
        while piece := answer.read1(4096):
            found += piece
            if len(found) > LARGEST or time.monotonic() > until:
                raise NotFetched(f"{connection.host} gave too much, or too slowly")
        return found
    finally:
        connection.close()


@lru_cache(maxsize=8)
def fetch_once(url: str) -> bytes:
    """Fetches what never changes, as a certificate under its own name, once a process."""
    return fetch(url)
