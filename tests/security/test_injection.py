"""Words of strangers stay words: in the head of a mail, in a query, in a log line, in a template."""

from __future__ import annotations

import email
import email.policy
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.delivery.compose import compose
from engine.delivery.context import context_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.errors import TemplateFault
from engine.store import Store, open_store
from models import Address, Customer, Message, Order
from tests.delivery.mails import SHIPPED, context, section, write
from tests.security.conftest import KEY
from tests.web.console.conftest import Login
from tests.web.shopful import NOW, Shopful, config

# --- the head of a mail ---------------------------------------------------------------------------------

HEADS = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence",
    "Auto-Submitted", "Feedback-ID", "MIME-Version", "Content-Type", "Reply-To",
}  # fmt: skip
BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\x0b",
    "\x0c",
    "\x85",
    "\u2028",
    "\u2029",
    "%0d%0a",
    "=0D=0A",
    "=?utf-8?q?=0D=0A?=",
    "\\r\\n",
)


def head_of(row: Any, templates: Templates) -> Any:
    """The head of a mail as a reader's program takes it, or None where no mail was made."""
    address = Address.get_by_id(row.address_id)
    try:
        raw = compose(row, context_of(row, config(), NOW), address, config(), templates, NOW, KEY).letter.raw
    except (ValueError, TemplateFault):
        return None  # such a mail is refused, and the others go on
    return email.message_from_bytes(bytes(raw), policy=email.policy.compat32)


@pytest.mark.parametrize("cut", BREAKS)
def test_no_word_of_a_customer_or_a_rule_adds_a_header(store: Store, shop: Shopful, cut: str) -> None:
    if cut == "\0" and store.postgresql:
        cut = "\x01"  # it keeps no such text at all
    words = f"Anna{cut}Bcc: evil@evil.example{cut}{cut}<b>body</b>"
    row = Message.select().where(Message.state == "sent").first()
    fields = {"first_name": words, "last_name": words, "city": words, "language": "pl"}
    Customer.update(fields).where(Customer.id == row.customer_id).execute()
    Message.update(title=words, note=words, rule=f"x{cut}Bcc: y", purpose="marketing").where(
        Message.id == row.id
    ).execute()
    head = head_of(Message.get_by_id(row.id), Templates(SHIPPED))
    Message.update(rule="lens-refill").where(Message.id == row.id).execute()
    for found in (head, head_of(Message.get_by_id(row.id), Templates(SHIPPED))):
        if found is not None:
            assert set(found.keys()) <= HEADS
            assert len(found.get_all("To")) == len(found.get_all("Subject")) == 1
    assert found is not None, "a name alone keeps nobody from their mail"


@pytest.fixture
def sqlite_shop(sqlite_url: str) -> Any:
    """SQLite alone: what is asked is how a mail is written."""
    store = open_store(sqlite_url)
    store.serve_by_default()
    with store.use():
        yield Shopful()
    store.close()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(name=st.text(max_size=60), title=st.text(max_size=120))
def test_any_name_and_any_title_make_one_head(sqlite_shop: Shopful, name: str, title: str) -> None:
    if not Customer.select().exists():
        sqlite_shop.message(sqlite_shop.customer("Anna", "anna"), "lens-refill")
    clean = str.maketrans("", "", "\0\ud800\udfff")
    Customer.update(first_name=name.translate(clean)).execute()
    Message.update(title=title.translate(clean)).execute()
    head = head_of(Message.select().first(), Templates(SHIPPED))
    assert head is not None
    assert set(head.keys()) <= HEADS


# --- a query --------------------------------------------------------------------------------------------

QUERIES = (
    "'", "''", "\"", "';drop table customer;--", "' or '1'='1", "%", "_", "\\", "%' or 1=1 --", "1) or (1=1", "\x00", "$1", "%s",
    "{0}", "?", "a" * 5000, "ё'\"`",
)  # fmt: skip


SEARCHES = {
    "/customers": ("q", "before"), "/outbox": ("state", "rule", "before"), "/mailbox": ("to", "before"),
    "/audit": ("act", "author", "before"), "/mailbox.json": ("to", "after"), "/customers/1": ("page",),
    "/customers/1/explain": ("rule", "at"),
}  # fmt: skip


def test_a_search_finds_what_was_asked_and_nothing_more(shop: Shopful, login: Login) -> None:
    client, before = login("admin"), Customer.select().count()
    for words in QUERIES:
        for path, names in SEARCHES.items():
            answer = client.get(path, query_string=dict.fromkeys(names, words))
            assert answer.status_code == 200, (path, words)
            if path == "/customers" and words not in ("\x00", "a" * 5000):
                assert "anna@example.com" not in answer.text, f"nobody is called {words!r}"
    assert (Customer.select().count(), Order.select().exists()) == (before, True)


def test_a_rules_id_in_an_address_is_only_an_id(shop: Shopful, login: Login) -> None:
    client = login("admin")
    for words in QUERIES:
        assert client.get(f"/rules/{quote(words, safe='')}").status_code in (404, 400), words


# --- a template -----------------------------------------------------------------------------------------

# What facts/law-and-security.md measured on Jinja itself, its advisories, and what others were broken into by.
ESCAPES = (
    "{{ ''.__class__ }}", "{{ ''|attr('__class__') }}", "{{ ''['__class__'] }}", "{{ '{0.__class__}'.format(1) }}",
    "{{ ('{0.__class__}'|replace('x', 'y')).format(1) }}", "{{ customer._private }}", "{{ customer.get('first_name') }}",
    "{{ order.lines.append(1) }}", "{{ customer.delete() }}", "{{ range(100001) }}", "{{ lipsum(n=100000) }}",
    "{{ cycler('a') }}", "{{ joiner() }}", "{{ namespace(a=1) }}", "{{ config }}", "{{ request }}", "{{ env('HOME') }}",
    "{{ expandenv('$HOME') }}",
    "{{ self._TemplateReference__context }}", "{{ loop.__init__ }}", "{{ x.__globals__ }}", "{{ 'a'|center(50000000) }}",
    "{{ '<b>'|safe }}", "{{ 'a'|format('b') }}", "{{ customer|xmlattr }}", "{{ customer|tojson }}", "{{ 'x'|wordwrap(1) }}",
    "{{ order.lines|map(attribute='__class__')|list }}", "{{ order.lines|groupby('__class__') }}",
    "{% include '/etc/passwd' %}", "{% import 'os' as os %}", "{% from 'os' import path %}", "{% extends '/etc/passwd' %}",
    "{% set x = ''.__class__ %}{{ x }}", "{% raw %}{% endraw %}{{ ''.__class__ }}", "{{ (1).__add__ }}",
    "{{ customer.__class__ }}", "{{ order.placed_at.__class__ }}", "{{ order.placed_at.strftime('%Y') }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
)  # fmt: skip
EXHAUSTING = (
    "{{ 'x' * 100000000 }}", "{{ 10 ** 10 ** 10 }}", "{{ 9999999999 * 9999999999 }}",
    "{% for a in 'x' * 99999999 %}{% endfor %}",
    "{% for a in [1] * 99999 %}x{% endfor %}", "{{ 'x'|replace('x', 'y' * 99999) }}",
    "{{ ('x'|truncate(1))|center(99999999) }}",
    "{% for a in products %}{% for b in products %}{% for c in products %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}", "{{ '%99999999d'|format(1) }}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "x" * 300_001, "{% for a in [1] %}x{% endfor %}" * 21,
)  # fmt: skip


@pytest.mark.parametrize("source", ESCAPES)
def test_no_template_gets_out_of_its_sandbox(tmp_path: Path, source: str) -> None:
    write(tmp_path, {"x/pl/subject.txt": "s", "x/pl/body.mjml": section("y"), "x/pl/body.txt": source})
    with pytest.raises(TemplateFault):
        render(context("x"), Templates(tmp_path))
    write(tmp_path, {"z/pl/subject.txt": source, "z/pl/body.mjml": section("y")})
    with pytest.raises(TemplateFault):
        render(context("z"), Templates(tmp_path))


@pytest.mark.parametrize("source", EXHAUSTING, ids=range(len(EXHAUSTING)))
def test_no_template_eats_the_machine(tmp_path: Path, source: str) -> None:
    write(tmp_path, {"x/pl/subject.txt": "s", "x/pl/body.mjml": section("y"), "x/pl/body.txt": source})
    began = time.process_time()
    with pytest.raises(TemplateFault):
        render(context("x"), Templates(tmp_path))
    assert time.process_time() - began < 2, "bounded by counting, long before this"


def test_what_a_customer_calls_themselves_is_no_template(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "x/pl/subject.txt": "{{ customer.first_name }}",
            "x/pl/body.mjml": section("{{ customer.first_name }}"),
        },
    )
    for name in ("{{ 7*7 }}", "{% include 'x' %}", "{{ ''.__class__ }}"):
        mail = render(context("x", customer={"first_name": name}), Templates(tmp_path))
        assert mail.subject == name
        assert "49" not in mail.html
