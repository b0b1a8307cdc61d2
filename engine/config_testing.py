"""Test mode: beside each shop stands its test shop, with customers, addresses and mail of its own that nobody ever gets.

What is written here is what makes crossing impossible: a test shop has a key that no config.yaml can name, and the
mailboxes of its customers stand under a domain that RFC 2606 promises never to exist. docs/decisions/0045 says why.
"""

from __future__ import annotations

TEST = ".test"  # what the key of a test shop ends with; a key in config.yaml has no dot
NOWHERE = ".test.invalid"  # what a mailbox ends with whose mail only the catcher's mailbox gets
GROUP = "test"  # such mailboxes among the groups of providers; no relay's sender ever claims it


def is_test(shop: str) -> bool:
    """Says whether a shop's key is that of a test shop."""
    return shop.endswith(TEST)


def key_of_test(shop: str) -> str:
    """Returns the key of a shop's test shop."""
    return shop_of(shop) + TEST


def shop_of(shop: str) -> str:
    """Returns the key by which config.yaml knows a shop or its test shop."""
    return shop.removesuffix(TEST)


def apart(mailbox: str) -> str:
    """Returns the mailbox that stands for one in a test shop: anna@example.com.test.invalid."""
    return mailbox + NOWHERE


def is_apart(mailbox: str) -> bool:
    """Says whether a mailbox is one of a test shop's."""
    return mailbox.endswith(NOWHERE)


def plain(mailbox: str) -> str:
    """Returns the mailbox as the shop has named it, for people to read; never to send to."""
    return mailbox.removesuffix(NOWHERE)
