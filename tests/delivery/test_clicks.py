"""Counted links: each leads by a signed token to where it led, the text keeps its links, and nothing else is touched."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import DAY
from engine.delivery.clicks import click_token, link_ids, read_token, with_clicks
from engine.delivery.render import Rendered
from engine.store import Store
from models import Link
from tests.outbox.shop import NOON, Optician

KEY, BASE = b"a secret of the home", "https://mail.optyk.example"


@dataclass(frozen=True)
class Mail:
    """A row of the outbox, as far as links ask."""

    id: int = 7
    shop_id: int = 1
    customer_id: int = 1
    token: str = "AAAAbbbbCCCCdddd111122"


@pytest.fixture
def mail(store: Store) -> Mail:
    """Anna's mail."""
    shop = Optician(store)
    return Mail(shop_id=shop.shop.id, customer_id=shop.customer("Anna").id)


def rewritten(mail: Mail, html: str) -> str:
    return with_clicks(Rendered("s", html, "text", "pl"), mail, BASE, KEY, NOON).html  # type: ignore[arg-type]


def test_a_link_leads_by_us_to_where_it_led(mail: Mail) -> None:
    html = rewritten(
        mail,
        '<p><a class="x" href="https://optyk.example/soczewki/acuvue?a=1&amp;b=2" style="y">Zobacz</a></p>',
    )
    link = Link.get()
    assert link.url == "https://optyk.example/soczewki/acuvue?a=1&b=2"
    token = click_token(KEY, mail.id, link.id)
    assert html == f'<p><a class="x" href="{BASE}/c/{token}/acuvue" style="y">Zobacz</a></p>'
    assert read_token(KEY, token) == (mail.id, link.id)


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="mailto:sklep@optyk.example">Write</a>',
        '<a href="#top">Up</a>',
        f'<a href="{BASE}/u/{Mail.token}">Unsubscribe</a>',
        f'<a href="https://elsewhere.example/?t={Mail.token}">Preferences</a>',
        '<a href="https://optyk.example/promo">https://optyk.example/promo</a>',
        '<a href="https://optyk.example/promo"><b>optyk.example</b></a>',
        '<a href="https://optyk.example/a b">Broken</a>',
        '<a href="https://optyk.example/&#10;Set-Cookie:x">Broken</a>',
        '<a href="javascript:alert(1)">Bad</a>',
        f'<a href="https://optyk.example/{"x" * 2000}">Long</a>',
        '<a name="here">No link</a>',
        '<img src="https://optyk.example/p.png">',
    ],
)  # fmt: skip
def test_what_is_ours_or_shows_its_address_or_is_none_is_left_alone(mail: Mail, anchor: str) -> None:
    assert rewritten(mail, anchor) == anchor
    assert not Link.select().exists()


def test_quotes_capitals_and_many_links_are_read_as_a_browser_reads_them(mail: Mail) -> None:
    html = rewritten(
        mail,
        "<A HREF = 'https://optyk.example/a'>A</A> <a href=\"https://optyk.example/b\"><img alt=''></a >",
    )
    assert len(re.findall(rf'"{BASE}/c/[0-9a-f.]+\.[\w-]{{16}}/[ab]"', html)) == 2
    many = "".join(f'<a href="https://optyk.example/{n}">x</a>' for n in range(150))
    assert rewritten(mail, many).count("/c/") == 100


def test_the_same_address_has_one_row_in_all_mails_of_a_shop(store: Store, mail: Mail) -> None:
    url = "https://optyk.example/promo"
    first = link_ids(mail.shop_id, mail.customer_id, [url, url], NOON)
    assert link_ids(mail.shop_id, mail.customer_id, [url], NOON + DAY) == first
    row = Link.get()
    assert (row.customer_id, row.used_at) == (mail.customer_id, NOON + DAY)
    borys = mail.customer_id + 1
    Link.update(customer=None).where(Link.id == row.id).execute()
    assert link_ids(mail.shop_id, borys, [url], NOON) == first


def test_an_address_in_the_mails_of_two_is_nobodys_own(store: Store) -> None:
    shop = Optician(store)
    anna, borys = shop.customer("Anna"), shop.customer("Borys")
    link_ids(shop.shop.id, anna.id, ["https://optyk.example/promo", "https://optyk.example/?who=anna"], NOON)
    link_ids(shop.shop.id, borys.id, ["https://optyk.example/promo"], NOON)
    assert {row.url[-5:]: row.customer_id for row in Link.select()} == {"promo": None, "=anna": anna.id}


@pytest.mark.parametrize(
    "token",
    ["", "7.1.", "7.1", f"8{click_token(KEY, 7, 1)[1:]}", click_token(KEY, 7, 1)[:-1], click_token(KEY, 7, 1) + "A",
     click_token(b"another home", 7, 1), click_token(KEY, 7, 1).replace(".1.", ".2.", 1), "07" + click_token(KEY, 7, 1)[1:],
     click_token(KEY, 7, 1).upper(), "é", "7.1.AAAAAAAAAAAAAAAA"],
)  # fmt: skip
def test_a_token_that_was_cut_spliced_or_made_up_names_nothing(token: str) -> None:
    assert read_token(KEY, token) is None


def test_a_home_without_a_secret_reads_no_token() -> None:
    assert read_token(b"", click_token(b"", 7, 1)) is None


@given(st.text(max_size=60))
def test_no_text_whatever_is_taken_for_a_token(text: str) -> None:
    assert read_token(KEY, text) is None
