"""Whose mailbox an address is: the providers that many customers have, each of which takes mail at a pace of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from engine.config_sending import Group
from engine.config_testing import GROUP, is_apart

GROUPS: tuple[str, ...] = get_args(Group)
OTHERS = "others"
COUNTRIES = (
    "at", "be", "ca", "ch", "cl", "cz", "de", "dk", "es", "fi", "fr", "gr", "hu", "ie", "it", "jp", "nl", "no", "pl", "ro", "se",
    "sk",
)  # fmt: skip


def _of_countries(name: str, *more: str) -> list[str]:
    return [f"{name}.{ending}" for ending in ("com", "co.uk", "com.br", "com.tr", *COUNTRIES, *more)]


DOMAINS: dict[str, list[str]] = {
    "google": ["gmail.com", "googlemail.com"],
    "microsoft": [
        *_of_countries("outlook"), *_of_countries("hotmail"), *_of_countries("live", "com.ua"), "msn.com", "passport.com",
    ],
    "yahoo": [*_of_countries("yahoo"), *_of_countries("aol"), "ymail.com", "rocketmail.com", "aim.com"],
    "wp": ["wp.pl", "wp.eu", "o2.pl", "tlen.pl", "go2.pl", "prokonto.pl"],
    "onet": [
        "onet.pl", "onet.eu", "onet.com.pl", "poczta.onet.pl", "poczta.onet.eu", "op.pl", "opoczta.pl", "vp.pl",
        "autograf.pl", "buziaczek.pl", "amorki.pl", "spoko.pl",
    ],
    "interia": [
        "interia.pl", "interia.eu", "interia.com", "vip.interia.pl", "poczta.fm", "intmail.pl", "adresik.net", "pisz.to",
        "pacz.to", "ogarnij.se",
    ],
    "ukrnet": ["ukr.net"],
}  # fmt: skip
BY_DOMAIN = {domain: group for group, domains in DOMAINS.items() for domain in domains}


def group_of(email: str, named: Mapping[str, str] | None = None) -> str:
    """Returns the group of an address by its domain; `named` are the domains that config.yaml adds.

    A test shop's mailboxes are a group of their own, whatever config.yaml names.
    """
    if is_apart(email):
        return GROUP
    domain = email.rpartition("@")[2].lower()
    return (named or {}).get(domain) or BY_DOMAIN.get(domain, OTHERS)
