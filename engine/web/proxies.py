"""Who called, where a web server of ours stands in front: what it says is believed, and what anybody else says is not."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from engine.config import Config

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Believed:
    """Wraps an application so that it sees the caller's address and scheme as trusted proxies tell them.

    Without that everybody behind one proxy would be one caller, to limits and to the ledger of consent; and if anybody were
    believed, everybody could choose an address. Links never come from a request: they begin with `public_url`.
    """

    def __init__(self, config: Config, inner: Wsgi) -> None:
        self.inner = inner
        self.networks = [ipaddress.ip_network(text) for text in config.trusted_proxies]
        self.public = urlsplit(config.public_url).netloc.lower()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers as the application does."""
        if self.trusts(_address(environ.get("REMOTE_ADDR", ""))):
            self._believe(environ)
        return self.inner(environ, start_response)

    def trusts(self, address: Ip | None) -> bool:
        """Says whether a machine is one of our proxies."""
        if address is None:
            return False
        return any(address.version == network.version and address in network for network in self.networks)

    def _believe(self, environ: dict[str, Any]) -> None:
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = environ.get("HTTP_X_FORWARDED_HOST", "").strip().lower()
        if host and host == self.public:  # any other would be somebody's choice
            environ["HTTP_HOST"] = host
        caller = self._caller(environ.get("HTTP_X_FORWARDED_FOR", ""))
        if caller is not None:
            environ["REMOTE_ADDR"] = str(caller)

    def _caller(self, chain: str) -> Ip | None:
        """Returns the last address of the chain that is no proxy of ours: those before it are only claims."""
        found = None
        for text in reversed(chain.split(",")):
            address = _address(text.strip())
            if address is None:
                break
            found = address
            if not self.trusts(address):
                break
        return found


def _address(text: str) -> Ip | None:
    """Reads an address, with or without a port behind it; one of version 4 in the clothes of 6 is one of 4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
