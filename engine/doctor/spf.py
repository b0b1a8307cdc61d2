"""May this address send for this domain? Source: RFC 7208, whose names and limits are kept."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from engine.doctor.answers import Answers, DnsAway, reverse

Result = Literal["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"]
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
QUALIFIERS: dict[str, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
LOOKUPS, VOID, HOSTS = 10, 2, 10  # at most, of RFC 7208 4.6.4
TERM = re.compile(
    r"([-+~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::(\S+?))?((?:/\d{1,3})?(?://\d{1,3})?)", re.I
)
NEED_VALUE = ("include", "exists", "ip4", "ip6")
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(\S*)", re.I)
MACRO = re.compile(r"%(?:\{([slodipvh])(\d*)(r?)([-.+,/_=]*)\}|([%_-]))", re.I)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receiver makes of it, and the term or the trouble that decided."""

    result: Result
    because: str
    record: str | None = None


class Broken(Exception):
    """Says that a record is not as it should be: a permanent error."""


@dataclass(slots=True)
class _Asking:
    answers: Answers
    ip: Ip
    sender: str
    lookups: int = 0
    voids: int = 0
    seen: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Counts a term that asks the DNS."""
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise Broken(f"its terms ask the DNS more than {LOOKUPS} times: {', '.join(self.seen)}")

    def ask(self, name: str, kind: str) -> list[str]:
        """Asks for records that a term needs; too many that are not there are an error."""
        found = self.answers.ask(name, kind)
        if not found:
            self.voids += 1
            if self.voids > VOID:
                raise Broken(f"more than {VOID} of its names do not exist, the last is {name}")
        return found


def judge(answers: Answers, ip: str, domain: str, sender: str = "") -> Verdict:
    """Says whether `ip` may send mail whose return path is at `domain`; never raises for what the DNS holds."""
    asking = _Asking(answers, ipaddress.ip_address(ip), sender or f"postmaster@{domain}")
    try:
        return _check(asking, domain)
    except Broken as error:
        return Verdict("permerror", str(error), _records_or_none(answers, domain))
    except DnsAway as error:
        return Verdict("temperror", str(error))


def records(answers: Answers, domain: str) -> list[str]:
    """Returns the SPF records of a domain; more than one is an error of its owner."""
    texts = answers.ask(domain, "TXT")
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def _records_or_none(answers: Answers, domain: str) -> str | None:
    try:
        return next(iter(records(answers, domain)), None)
    except DnsAway:
        return None


def _check(asking: _Asking, domain: str) -> Verdict:
    found = records(asking.answers, domain)
    if not found:
        return Verdict("none", f"{domain} has no SPF record")
    if len(found) > 1:
        raise Broken(f"{domain} has {len(found)} SPF records; there must be one")
    asking.seen.append(domain)
    terms, redirect = _terms(found[0])
    for qualifier, name, value, masks in terms:
        if _matches(asking, name, value, masks, domain):
            said = f"{qualifier}{name}{':' + value if value else ''}{masks} of {domain}"
            return Verdict(QUALIFIERS[qualifier or "+"], said, found[0])
    if redirect is None:
        return Verdict("neutral", f"no term of {domain} matches", found[0])
    asking.look()
    further = _check(asking, _expand(asking, redirect, domain))
    if further.result == "none":
        raise Broken(f"{domain} redirects to {redirect}, which has no SPF record")
    return further


def _terms(record: str) -> tuple[list[tuple[str, str, str, str]], str | None]:
    """Reads a record's terms; an unknown mechanism breaks it, an unknown modifier does not."""
    terms, redirect = [], None
    for word in record.split()[1:]:
        found = TERM.fullmatch(word)
        if found and (bool(found[3]) >= (found[2].lower() in NEED_VALUE)) and word.lower()[:4] != "all:":
            terms.append((found[1], found[2].lower(), found[3] or "", found[4]))
        elif modifier := MODIFIER.fullmatch(word):
            redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
        else:
            raise Broken(f"{word!r} is no term of SPF")
    return terms, redirect


def _matches(asking: _Asking, name: str, value: str, masks: str, domain: str) -> bool:
    if name == "all":
        return True
    if name in ("ip4", "ip6"):
        return _in_network(asking.ip, name, value + masks)
    asking.look()
    target = _expand(asking, value, domain) if value else domain
    if name == "include":
        return _included(asking, target)
    if name == "exists":
        return bool(asking.ask(target, "A"))
    if name == "ptr":
        return any(host == target or host.endswith(f".{target}") for host in _own_names(asking))
    hosts = [target] if name == "a" else asking.ask(target, "MX")
    if len(hosts) > HOSTS:
        raise Broken(f"{target} has more than {HOSTS} MX records")
    return any(_near(asking, host, masks) for host in hosts)


def _in_network(ip: Ip, name: str, text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Broken(f"{name}:{text} is no network") from error
    if network.version != int(name[-1]):
        raise Broken(f"{name}:{text} is not of version {name[-1]}")
    return ip in network


def _included(asking: _Asking, domain: str) -> bool:
    inner = _check(asking, domain)
    if inner.result == "none":
        raise Broken(f"it includes {domain}, which has no SPF record")
    return inner.result == "pass"


def _near(asking: _Asking, host: str, masks: str) -> bool:
    """Says whether a host has the address, or one in the same network where the term says how wide."""
    four, _, six = masks.partition("//")
    length = (four.strip("/") or "32") if asking.ip.version == 4 else (six or "128")
    kind = "A" if asking.ip.version == 4 else "AAAA"
    return any(
        asking.ip in ipaddress.ip_network(f"{address}/{length}", strict=False)
        for address in asking.ask(host, kind)
    )


def _own_names(asking: _Asking) -> Iterator[str]:
    kind = "A" if asking.ip.version == 4 else "AAAA"
    for host in asking.ask(reverse(str(asking.ip)), "PTR")[:HOSTS]:
        if str(asking.ip) in asking.answers.ask(host, kind):
            yield host


def _expand(asking: _Asking, text: str, domain: str) -> str:
    """Writes out the macros of a name."""
    local, _, of = asking.sender.rpartition("@")
    whole = str(asking.ip) if asking.ip.version == 4 else ".".join(asking.ip.exploded.replace(":", ""))
    values = {"s": asking.sender, "l": local, "o": of, "d": domain, "i": whole, "p": "unknown", "h": domain,
              "v": "in-addr" if asking.ip.version == 4 else "ip6"}  # fmt: skip

    def one(found: re.Match[str]) -> str:
        if found[5]:
            return {"%": "%", "_": " ", "-": "%20"}[found[5]]
        parts = re.split(f"[{re.escape(found[4] or '.')}]", values[found[1].lower()])
        parts = parts[::-1] if found[3] else parts
        return ".".join(parts[-int(found[2]) :] if found[2] and int(found[2]) else parts)

    return MACRO.sub(one, text)
