"""A counted link takes the reader where it led, says nothing of who follows it, and cannot be bent to lead elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from engine.clock import MINUTE
from engine.consent.erasure import erase
from engine.delivery.clicks import click_token, link_ids
from engine.delivery.compose import compose
from engine.delivery.context import context_of
from engine.delivery.templates import Templates
from engine.feedback.clicks import judge
from engine.store import Store
from engine.web.app import create_app
from models import Address, Click, ConsentChange, Event, Link, Message
from tests.delivery.mails import section, write
from tests.feedback.test_machines import CHROME
from tests.web.shopful import NOW, Shopful, Still, config

KEY, SITE = b"a secret of the home", "https://optyk.example/soczewki/acuvue?from=mail&x=1"


@pytest.fixture
def client(store: Store) -> Any:
    """A browser over a home that has a secret."""
    store.secret = KEY
    return create_app(config(), store, Still()).test_client()


@pytest.fixture
def link(mail: Any) -> int:
    """A link of Anna's mail, which left an hour ago."""
    return link_ids(mail.shop_id, mail.customer_id, [SITE], NOW)[SITE]


def follow(client: Any, token: str, tail: str = "", **more: Any) -> Any:
    """Opens a link as Anna's telephone does."""
    return client.open(f"/c/{token}{tail}", headers={"User-Agent": CHROME}, **{"method": "GET", **more})


def test_anna_comes_to_the_page_and_her_click_is_a_fact(
    store: Store, client: Any, mail: Any, link: int
) -> None:
    answer = follow(client, click_token(KEY, mail.id, link), "/acuvue")
    assert (answer.status_code, answer.location) == (302, SITE)
    assert "Set-Cookie" not in answer.headers
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert judge(store, NOW + MINUTE) == 1
    assert Event.get().properties == {"rule": "lens-refill"}


def test_what_stands_behind_the_token_leads_nowhere(client: Any, mail: Any, link: int) -> None:
    token = click_token(KEY, mail.id, link)
    for tail in (
        "/https://evil.example",
        "?url=https://evil.example&next=//evil.example",
        "/a/b/c",
        "/evil.example",
    ):
        assert follow(client, token, tail).location == SITE
    for tail in ("//evil.example", "/%2F%2Fevil.example", "/\\evil.example"):
        assert follow(client, token, tail).location in (SITE, None), tail


def test_looking_ahead_counts_for_nothing(client: Any, mail: Any, link: int) -> None:
    token = click_token(KEY, mail.id, link)
    assert follow(client, token, method="HEAD").location == SITE
    assert not Click.select().exists()
    assert client.get(f"/c/{token}", headers={"User-Agent": "BarracudaCentral/1.0"}).location == SITE
    assert Click.get().machine == "scanner"
    for method in ("POST", "PUT", "DELETE"):
        assert follow(client, token, method=method).status_code == 405


def test_a_token_that_is_none_gets_a_kind_page_and_no_redirect(client: Any, mail: Any, link: int) -> None:
    token, foreign = click_token(KEY, mail.id, link), click_token(b"another home's", mail.id, link)
    for wrong in (
        token[:-1],
        token.replace(".", ".1", 1),
        foreign,
        mail.token,
        "x",
        "a.b.c",
        "\x00",
        "a" * 5000,
    ):
        answer = follow(client, wrong)
        assert (answer.status_code, answer.location) == (404, None), wrong
        assert "This link" in answer.text
    assert not Click.select().exists()


def test_a_click_opens_no_other_door(client: Any, mail: Any, link: int) -> None:
    """Whoever passes an offer on must not pass on the power to unsubscribe."""
    token = click_token(KEY, mail.id, link)
    for door in "upw":
        for method in (client.get, client.post):
            assert method(f"/{door}/{token}", data={"withdraw": "*", "stop": "rule"}).status_code == 404
    assert not ConsentChange.select().where(ConsentChange.granted == False).exists()  # noqa: E712 - a column


def test_an_erased_customer_still_comes_somewhere_and_leaves_no_trace(
    store: Store, client: Any, anna: Any, mail: Any, link: int
) -> None:
    erase(store, anna, NOW)
    answer = follow(client, click_token(KEY, mail.id, link))
    assert (answer.status_code, answer.location) == (302, "https://example.com")  # the shop's website
    shared = Link.create(shop=mail.shop_id, digest="d" * 64, url=SITE, used_at=NOW)
    assert follow(client, click_token(KEY, mail.id, shared.id)).location == SITE
    assert not Click.select().exists()


def test_a_mail_that_is_long_gone_still_leads_on(client: Any, mail: Any, link: int) -> None:
    token = click_token(KEY, mail.id, link)
    Message.delete().where(Message.id == mail.id).execute()
    assert follow(client, token).location == SITE
    Link.delete().execute()
    assert follow(client, token).status_code == 404


def test_a_link_of_one_shop_never_leads_from_anothers_mail(client: Any, mail: Any) -> None:
    from models import Shop

    other = Shop.create(
        key="other", name="O", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
    )
    link = Link.create(shop=other, digest="d" * 64, url="https://other.example/", used_at=NOW)
    assert follow(client, click_token(KEY, mail.id, link.id)).location == "https://example.com"


def test_a_mail_of_a_counting_rule_carries_counted_links_and_a_plain_text_without(
    store: Store, shop: Shopful, client: Any, mail: Any, tmp_path: Path
) -> None:
    body = section(
        f'<a href="{SITE.replace("&", "&amp;")}">Zobacz</a> <a href="{{{{ link.unsubscribe }}}}">Dość</a>'
    )
    write(tmp_path, {"offer/pl/subject.txt": "Oferta", "offer/pl/body.mjml": body})
    Message.update(template="offer", extra={"clicks": True}).where(Message.id == mail.id).execute()
    row = Message.get_by_id(mail.id)
    settings = config(public_url="https://poczta.optyk.example/regulars/")
    composed = compose(
        row,
        context_of(row, settings, NOW),
        Address.get_by_id(row.address_id),
        settings,
        Templates(tmp_path),
        NOW,
        KEY,
    )
    text, html = parts(composed.letter.raw)
    found = re.search(r'href="https://poczta.optyk.example/regulars/c/([^"/]+)/acuvue"', html)
    assert found
    assert SITE not in html
    assert SITE in text
    assert "/c/" not in text
    assert html.count("/c/") == 1
    assert f'href="https://poczta.optyk.example/regulars/u/{row.token}"' in html
    assert follow(client, found[1]).location == SITE


def test_a_mail_of_any_other_rule_has_the_links_that_were_written(
    store: Store, mail: Any, tmp_path: Path
) -> None:
    write(
        tmp_path, {"offer/pl/subject.txt": "O", "offer/pl/body.mjml": section(f'<a href="{SITE}">Zobacz</a>')}
    )
    Message.update(template="offer").where(Message.id == mail.id).execute()
    row = Message.get_by_id(mail.id)
    context, address = context_of(row, config(), NOW), Address.get_by_id(row.address_id)
    composed = compose(row, context, address, config(), Templates(tmp_path), NOW, KEY)
    assert "/c/" not in parts(composed.letter.raw)[1]
    assert not Link.select().exists()


def parts(raw: bytes) -> tuple[str, str]:
    """The plain text and the HTML of a mail."""
    import email
    import email.policy

    read = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = (read.get_body((kind,)) for kind in ("plain", "html"))
    return text.get_content(), html.get_content()
