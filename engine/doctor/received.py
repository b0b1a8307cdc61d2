"""A mail as a mailbox received it: who handed it in, under which names, and what it says of unsubscribing."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from email.utils import parseaddr, parsedate_to_datetime

from engine.clock import instant

BETWEEN = re.compile(rb"\r?\n(?=[^ \t])")
IN_BRACKETS = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{3,45})\]")
# What a receiver's own machines call each other; documentation's addresses are left in, for tests and examples.
INSIDE = tuple(map(ipaddress.ip_network, (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
    "::1/128", "fc00::/7", "fe80::/10",
)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """One mail, header by header as it arrived, the topmost first."""

    raw: bytes
    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Returns the values of a header, folded as they are."""
        return [value for field, value in self.fields if field == name.lower()]

    def first(self, name: str) -> str | None:
        """Returns the topmost value of a header on one line, or None where it is not there."""
        found = self.all(name)
        return " ".join(found[0].split()) if found else None

    @property
    def author(self) -> str | None:
        """Returns the domain of From, in lower case."""
        return domain_of(self.first("From") or "")

    @property
    def return_path(self) -> str | None:
        """Returns the address that errors go to, which SPF is asked about; None where the file does not say."""
        said = self.first("Return-Path")
        address = None if said is None else parseaddr(said)[1]
        return address if address and "@" in address else None

    @property
    def handed_in_by(self) -> str | None:
        """Returns the address of the first machine from outside that the receiver names, or None."""
        for line in self.all("Received"):
            there = line.partition(" by ")[0]
            for found in IN_BRACKETS.findall(there):
                if is_outside(found):
                    return str(ipaddress.ip_address(found))
        return None

    @property
    def written_at(self) -> int | None:
        """Returns when our clock said it was written."""
        return _moment(self.first("Date"))

    @property
    def received_at(self) -> int | None:
        """Returns when the receiver's clock said that it came: of the line that names the machine from outside."""
        for line in self.all("Received"):
            if any(map(is_outside, IN_BRACKETS.findall(line.partition(" by ")[0]))):
                return _moment(line.rpartition(";")[2])
        return None


def read(raw: bytes) -> Received:
    """Reads a mail from a file; lines of any kind, and the line with which a mailbox of many mails begins."""
    raw = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
    raw = re.sub(rb"\r?\n", b"\r\n", raw.removeprefix(b"\xef\xbb\xbf"))
    head = raw.partition(b"\r\n\r\n")[0]
    pairs = (line.decode("utf-8", "replace").partition(":") for line in BETWEEN.split(head))
    return Received(raw, tuple((name.strip().lower(), value) for name, colon, value in pairs if colon))


def domain_of(text: str) -> str | None:
    """Returns the domain of the address in a header, in lower case."""
    domain = parseaddr(text)[1].rpartition("@")[2].lower().rstrip(".")
    return domain or None


def is_outside(text: str) -> bool:
    """Says whether a text is the address of a machine that is not the receiver's own."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not any(address.version == net.version and address in net for net in INSIDE)


def _moment(text: str | None) -> int | None:
    try:
        found = parsedate_to_datetime(" ".join((text or "").split()))
        return instant(found) if found.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
