"""The exact DNS records that we advise, as they are typed into a zone."""

from __future__ import annotations

import ipaddress

SELECTOR = "regulars"


def spf_record(domain: str, ip: str | None = None) -> str:
    """Writes the record of a domain that has none."""
    return f'{domain}. IN TXT "v=spf1 {_term(ip)} ~all"'


def with_sender(domain: str, record: str | None, ip: str) -> str:
    """Says how an SPF record comes to name an address: a new one, or the present one with it before its end."""
    if record is None:
        return f"add {spf_record(domain, ip)}"
    words = record.split()
    ends = [
        place
        for place, word in enumerate(words)
        if word.lower().lstrip("+-~?") == "all" or word.lower().startswith("redirect=")
    ]
    place = min(ends, default=len(words))
    changed = " ".join([*words[:place], _term(ip), *words[place:]])
    return (
        f'change it to {domain}. IN TXT "{changed}" (or name your relay\'s include: instead of the address)'
    )


def dmarc_record(domain: str) -> str:
    """Writes the record that asks for reports and for nothing else: what every bulk sender must have at least."""
    return f'_dmarc.{domain}. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"'


def dkim_record(domain: str, selector: str = SELECTOR) -> str:
    """Writes where the key of the relay belongs; the key itself only the relay knows."""
    return f'{selector}._domainkey.{domain}. IN TXT "v=DKIM1; k=rsa; p=…" (the relay shows the key)'


def _term(ip: str | None) -> str:
    if ip is None:
        return "include:…(your relay's)"
    return f"ip{ipaddress.ip_address(ip).version}:{ip}"
