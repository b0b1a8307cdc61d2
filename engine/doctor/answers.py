"""DNS answers: read from a file that somebody gives us, or asked of a name server.

A file is written as name servers read zones and as `dig` prints answers, so that what was looked up elsewhere can be
judged here, on a machine that reaches no name server.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Protocol

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
import dns.zone

from engine.errors import RegularsError, UsageError

PATIENCE = 4.0  # seconds for one question
PORT = 53
LINE = re.compile(r"<string>:(\d+):")


class DnsAway(RegularsError):
    """Says that no answer came: the record may be there or not."""


class Answers(Protocol):
    """What the DNS says of a name; an empty list where there is no such record; raises DnsAway without an answer."""

    def ask(self, name: str, kind: str) -> list[str]:
        """Returns the records of a kind (TXT, A, AAAA, MX, PTR): texts joined, addresses, or the names of hosts."""


class Given:
    """Answers from a file: what it does not say is not there."""

    def __init__(self, text: str) -> None:
        """Reads records as `NAME TTL IN KIND VALUE`; raises ValueError at what is none."""
        self.found: dict[tuple[str, str], list[str]] = defaultdict(list)
        try:
            zone = dns.zone.from_text(f"$TTL 300\n{text}", origin=".", relativize=False, check_origin=False)
        except (dns.exception.DNSException, ValueError) as error:
            raise ValueError(LINE.sub(_line_before, " ".join(str(error).split()))) from error
        for name, each in zone.iterate_rdatasets():
            kind = dns.rdatatype.to_text(each.rdtype)
            self.found[_plain(name.to_text()), kind] += [_said(kind, record) for record in each]

    def ask(self, name: str, kind: str) -> list[str]:
        """Returns what the file says; a name that is another's alias is followed, at most eight times."""
        name = _plain(name)
        for _ in range(8):
            aliases = self.found.get((name, "CNAME"), [])
            if not aliases:
                break
            name = _plain(aliases[0])
        return list(self.found.get((name, kind), []))


class Asked:
    """Answers of the machine's name servers, or of one that is named."""

    def __init__(self, server: str | None = None, port: int = PORT) -> None:
        self.resolver = dns.resolver.Resolver(configure=server is None)
        if server is not None:
            self.resolver.nameservers, self.resolver.port = [server], port
        self.resolver.timeout, self.resolver.lifetime = PATIENCE / 2, PATIENCE
        self.away: str | None = None  # one silence is enough: every further question would wait as long

    def ask(self, name: str, kind: str) -> list[str]:
        """Asks, once for each question; raises DnsAway where no server answers."""
        if self.away is not None:
            raise DnsAway(self.away)
        try:
            found = self.resolver.resolve(f"{_plain(name)}.", kind, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong):
            return []
        except (dns.exception.DNSException, OSError) as error:
            self.away = " ".join(str(error).split())[:200] or type(error).__name__
            raise DnsAway(self.away) from error
        return [_said(kind, record) for record in found.rrset or ()]


def given(file: Path) -> Given:
    """Reads a file of answers; raises UsageError with the reason where it cannot."""
    try:
        return Given(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be read as DNS answers: {error}",
            remedy='write a record a line, as dig prints them: shop.example. 300 IN TXT "v=spf1 -all"',
        ) from error


def asked(server: str | None) -> Asked:
    """Makes ready to ask the machine's name servers, or `ADDRESS[:PORT]`; raises UsageError where that is no address."""
    if server is None:
        try:
            return Asked()
        except (dns.exception.DNSException, OSError) as error:
            raise UsageError(
                f"this machine knows no name server: {error}", remedy="give the answers with --dns FILE"
            ) from error
    host, port = _host_and_port(server)
    try:
        return Asked(host, port)
    except ValueError as error:
        raise UsageError(
            f"{server!r} is no address of a name server", remedy="write --nameserver 192.0.2.53"
        ) from error


def _host_and_port(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.startswith("[")):
        return host.strip("[]"), int(port)
    return server.strip("[]"), PORT


def reverse(address: str) -> str:
    """Returns the name under which the DNS keeps an address's own name."""
    return _plain(dns.reversename.from_address(address).to_text())


def _line_before(found: re.Match[str]) -> str:
    """Numbers lines as whoever wrote the file does: one of ours stands before theirs."""
    return f"line {int(found[1]) - 1}:"


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _said(kind: str, record: object) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    if kind == "MX":
        return _plain(record.exchange.to_text())  # type: ignore[attr-defined]
    return _plain(str(record))
