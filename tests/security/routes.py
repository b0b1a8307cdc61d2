"""Every address that the server answers, from its own map, each with something to show: a new page is found by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from engine.consent.confirmation import RULE
from engine.delivery.clicks import click_token
from models import Act, ApiKey, Caught, Customer, Link, Message, Notice, Publication, RefusedMessage, Source

# What stands in an address: by the page's name where it matters, else by the argument's.
SHOWN: dict[str, Any] = {
    "console.customer": lambda: {"number": Customer.select().first().id},
    "console.explain_customer": lambda: {"number": Customer.select().first().id},
    "console.message": lambda: {"number": Message.select().first().id},
    "console.message_html": lambda: {"number": Message.select().first().id},
    "console.mail": lambda: {"number": Caught.select().first().id},
    "console.mail_html": lambda: {"number": Caught.select().first().id},
    "console.one_version": lambda: {"number": Publication.select().first().id},
    "console.lift_suppression": lambda: {"number": Customer.get(Customer.external_id == "celina").id},
    "console.test_source": lambda: {"name": Source.select().first().name},
    "console.take_all_again": lambda: {"name": Source.select().first().name},
    **{
        f"console.{act}": lambda: {"name": "crm"}
        for act in ("try_endpoint", "pause_endpoint", "tell_all_again")
    },
    "console.tell_again": lambda: {"number": Notice.select().first().id},
    "console.take_message_again": lambda: {"number": RefusedMessage.select().first().id},
    "console.rotate_key": lambda: {"number": ApiKey.select().first().id},
    "console.revoke_key": lambda: {"number": ApiKey.select().first().id},
    "public.ask_to_confirm": lambda: {"token": Message.get(Message.rule == RULE).token},
    "public.confirm_consent": lambda: {"token": Message.get(Message.rule == RULE).token},
    "pages.static": lambda: {"filename": "console.css"},
}
ARGUMENTS: dict[str, Any] = {
    "rule_id": lambda: "lens-refill",
    "token": lambda: Message.select().first().token,
    "said": lambda: "words",
    "name": lambda: "rules",  # of a schema
}
NOT_PAGES = {"pages.static"}


@dataclass(frozen=True)
class Page:
    """One address and how it may be asked."""

    endpoint: str
    path: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def pages(app: Flask, *, methods: tuple[str, ...] = ("GET",)) -> Iterator[Page]:
    """Yields every page for people with each method; raises AssertionError for one that nobody knows how to open."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if rule.endpoint in NOT_PAGES or rule.defaults:
            continue
        for method in sorted(set(methods) & (rule.methods or set())):
            yield Page(rule.endpoint, path_of(app, rule), method)


def path_of(app: Flask, rule: Rule) -> str:
    """Returns an address of the kind."""
    if rule.endpoint in SHOWN:
        values = SHOWN[rule.endpoint]()
    elif rule.endpoint == "public.follow":
        link = Link.select().first()
        values = {
            "token": click_token(b"a secret of the home", Message.select().first().id, link.id),
            "said": "w",
        }
    else:
        unknown = rule.arguments - set(ARGUMENTS)
        assert not unknown, f"say in tests/security/routes.py what {rule.endpoint} is to show: {unknown}"
        values = {name: ARGUMENTS[name]() for name in rule.arguments}
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def has_something_to_show() -> bool:
    """Says whether each table that pages look into has a row."""
    return all(table.select().exists() for table in (Act, Caught, Customer, Link, Message, Publication))
