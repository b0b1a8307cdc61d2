"""Probes as mailboxes receive them: signed with real keys, and the DNS answers that belong to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dkim

from engine.clock import instant
from engine.config import Config, read_config
from engine.doctor.answers import Given
from engine.doctor.finding import Finding
from engine.doctor.probe import probe
from engine.doctor.received import read
from engine.doctor.sent import probe_bytes

KEYS = Path(__file__).parent / "keys"
CONFIG: Config = read_config({
    "public_url": "https://r.optica.pl", "relay": {"host": "127.0.0.1"},
    "shops": [{"shop": "optica", "name": "Optica", "postal": "Optica, ul. Szeroka 14",
               "sender": {"name": "Optica", "address": "sklep@news.optica.pl"}}],
})  # fmt: skip
WRITTEN_AT = instant(__import__("datetime").datetime.fromisoformat("2026-11-22T10:00:00+00:00"))
RELAY_IP = "203.0.113.7"
TOP = (
    "Return-Path: <sklep@news.optica.pl>\r\n"
    "Received: from inner.mailbox.example (inner.mailbox.example [10.2.3.4]) by store.mailbox.example; "
    "Sun, 22 Nov 2026 10:00:09 +0000\r\n"
    f"Received: from relay.optica.pl (relay.optica.pl [{RELAY_IP}])\r\n\tby mx.mailbox.example with ESMTPS;\r\n"
    "\tSun, 22 Nov 2026 10:00:05 +0000\r\n"
)
COVERED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post", b"mime-version",
)  # fmt: skip
GOOD = {
    "news.optica.pl TXT": "v=spf1 ip4:203.0.113.0/24 -all",
    "_dmarc.optica.pl TXT": "v=DMARC1; p=quarantine; rua=mailto:dmarc@optica.pl",
    "s1._domainkey.optica.pl TXT": f"v=DKIM1; k=rsa; p={(KEYS / '2048.txt').read_text()}",
}


def unsigned() -> bytes:
    """Returns one of our own probes as it leaves us."""
    return probe_bytes(CONFIG, CONFIG.shops[0], "anna@mailbox.example", WRITTEN_AT)


def signed(
    mail: bytes | None = None,
    bits: int = 2048,
    domain: bytes = b"optica.pl",
    covered: Any = COVERED,
    length: bool = False,
) -> bytes:
    """Returns a probe that a relay has signed."""
    mail = mail or unsigned()
    key = (KEYS / f"{bits}.pem").read_bytes()
    line = dkim.sign(
        mail,
        b"s1",
        domain,
        key,
        include_headers=list(covered),
        length=length,
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return bytes(line) + mail


def arrived(mail: bytes | None = None, top: str = TOP) -> bytes:
    """Returns a probe as the mailbox keeps it, with what machines on the way have put on top."""
    return top.encode() + (mail or signed())


def answers(**changes: str | None) -> Given:
    """Returns the DNS of optica.pl, with records changed, added or taken out (None) by `name TYPE`."""
    return Given(zone(**changes))


def zone(**changes: str | None) -> str:
    """Writes the DNS of optica.pl as dig prints it."""
    records = {**GOOD, **changes}
    return "\n".join(_line(name, value) for name, value in records.items() if value is not None)


def _line(name: str, value: str) -> str:
    owner, kind = name.split()
    quoted = (
        " ".join(f'"{value[i : i + 200]}"' for i in range(0, len(value), 200)) if kind == "TXT" else value
    )
    return f"{owner}. 300 IN {kind} {quoted}"


def judged(mail: bytes | None = None, dns: Given | None = None, ip: str | None = None) -> list[Finding]:
    """Judges a mail that arrived."""
    return list(probe(read(mail or arrived()), dns or answers(), ip))


def told(found: list[Finding], about: str) -> list[tuple[str, str]]:
    """Returns level and words of what was found about one thing."""
    return [(each.level, each.said) for each in found if each.about == about]
