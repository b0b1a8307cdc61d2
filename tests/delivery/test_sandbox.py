"""What a template may do, what it may not, and where its mistakes are said to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.delivery.render import Rendered, render
from engine.delivery.templates import Templates
from engine.errors import TemplateFault
from tests.delivery.mails import context, section, variables, write


def _render(folder: Path, text: str, **changed: Any) -> Rendered:
    """Renders the text as body.mjml, and as body.txt too."""
    files = {"hello/pl/subject.txt": "s", "hello/pl/body.mjml": section(text), "hello/pl/body.txt": text}
    return render(context("hello", **changed), Templates(write(folder, files)))


def _text(folder: Path, text: str, **changed: Any) -> str:
    return _render(folder, text, **changed).text.strip()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ order.total|money }}", "129,90 zł"),
        ("{{ order.total|money('EUR') }}", "129,90 €"),
        ("{{ order.placed_at|date }}", "1 marca 2026"),
        ("{{ order.placed_at|date('short') }} {{ order.placed_at|time }}", "1.03.2026 10:00"),
        ("{{ order.placed_at.year }}", "2026"),
        ("{{ 1234567|number }}", "1 234 567"),
        ("{{ 5|plural('produkt', 'produkty', 'produktów') }}", "produktów"),
        ("{{ 22|plural('produkt', 'produkty', 'produktów') }}", "produkty"),
        ("{{ 1|plural('item', 'items') }}", "item"),
        ("{{ customer.attributes.size|default('unknown') }}", "unknown"),
        ("{{ coupon|default('none') }}", "none"),
        ("{{ customer.first_name|upper }}, {{ 'ŻÓŁW'|lower|capitalize }}", "ANNA, Żółw"),
        ("{{ products|map('name')|join(', ') }} ({{ products|length }})", "Acuvue Oasys 30 (1)"),
        ("{{ (products|first).name|truncate(9) }}", "Acuvue…"),
        ("{{ (products|sort('price')|last).brand }}", "Acuvue"),
        ("{{ (order.total * 0.9)|round(2) }}", "116.91"),
        ("{{ 2.5|round }} {{ 7 // 2 }} {{ 7 % 2 }} {{ 1 / 4 }}", "3 3 1 0.25"),
        ("{{ 'Anna'|replace('nn', 'l') }} {{ '  x '|trim }} {{ 'jan nowak'|title }}", "Ala x Jan Nowak"),
        ("{% for line in order.lines %}{{ loop.index }}/{{ loop.length }}{% endfor %}", "1/1"),
        ("{% if customer.gender == 'female' and order %}Pani{% else %}Pan{% endif %}", "Pani"),
        ("{{ customer.city|default('') }}{{ customer.phone_unknown|default('-') }}", "Kraków-"),
        ("{{ [3, 1, 2]|sort|limit(2)|join('-') }}{{ -3|abs }}{{ '7'|int + 1 }}", "1-238"),
        ("{{ note|paragraphs }}", "A\nb\n\nC"),
    ],
)  # fmt: skip
def test_the_allowed_filters_write_as_readers_expect(tmp_path: Path, source: str, text: str) -> None:
    assert _text(tmp_path, source, note="A\nb\n\nC") == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ order.lines.append(1) }}", "{{ customer.first_name.upper() }}", "{{ ''.__class__ }}", "{{ order.items() }}",
        "{{ range(9) }}", "{{ lipsum() }}", "{{ 'x' * 100000000 }}", "{{ 9 ** 9 ** 9 }}", "{{ 'a' ~ 'b' }}",
        "{{ '%s'|format(1) }}", "{{ x|attr('y') }}", "{{ 'x'|center(50000000) }}", "{{ '<b>'|safe }}", "{{ x|tojson }}",
        "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% macro a() %}{% endmacro %}",
        "{% block a %}{% endblock %}", "{% set a %}{% endset %}", "{% filter upper %}{% endfilter %}",
        "{% call x() %}{% endcall %}", "{{ cycler }}", "{{ self }}", "{{ customer.first_name + 'x' }}",
        "{{ 999999999999 * 999999999999 }}", "{{ order.total / 0 }}", "{{ order.total / 'x' }}", "{{ 'a'|nonsense }}",
        "{{ 1 is divisibleby }}", "{{ x is callable }}", "{{ 5|plural('one') }}", "{{ order.placed_at|date('wild') }}",
        "{{ 'x'|money }}", "{{ customer.first_name.x.y }}", "{{ customer['__class__'] }}", "{{ order.lines[5] }}",
        "{% for a in [1] %}{% for b in [1] %}{% for c in [1] %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{{ [1,2]|join('x')|replace('', 'y') }}",
    ],
)  # fmt: skip
def test_what_a_mail_has_no_use_for_is_refused_with_file_and_line(tmp_path: Path, source: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        _render(tmp_path, "\n" + source)
    assert caught.value.place is not None
    assert caught.value.place.file.endswith(("body.mjml", "body.txt"))


def test_a_fault_names_the_file_the_line_the_variable_and_the_customer(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault) as caught:
        _render(tmp_path, "line three\nline four\n{{ customer.frist_name }}")
    assert "hello/pl/body.mjml:5:1: there is no 'frist_name' here (for customer 1, rule a-rule)" in str(
        caught.value
    )


def test_a_fault_in_a_part_names_the_part(tmp_path: Path) -> None:
    write(tmp_path, {
        "_layout/layout.mjml": '<mjml>\n<mj-body>\n<mj-include path="body" />\n</mj-body>\n</mjml>',
        "_layout/sign.mjml": "<!-- a -->\n" + section("{{ shop.nmae }}"),
    })  # fmt: skip
    files = {"hello/pl/subject.txt": "s", "hello/pl/body.mjml": '<mj-include path="sign" />'}
    with pytest.raises(TemplateFault, match=r"_layout/sign\.mjml:4:1: there is no 'nmae'"):
        render(context("hello"), Templates(write(tmp_path, files)))


def test_a_fault_in_a_subject_names_the_subject(tmp_path: Path) -> None:
    files = {"hello/pl/subject.txt": "{{ order.number }}", "hello/pl/body.mjml": section("x")}
    with pytest.raises(TemplateFault, match=r"subject\.txt:1:1: there is no 'number'"):
        render(context("hello"), Templates(write(tmp_path, files)))


def test_broken_mjml_names_the_body(tmp_path: Path) -> None:
    files = {"hello/pl/subject.txt": "s", "hello/pl/body.mjml": "<mj-section><mj-column>"}
    with pytest.raises(TemplateFault, match=r"body\.mjml.*not MJML"):
        render(context("hello"), Templates(write(tmp_path, files)))


def test_what_customers_and_shops_say_stays_text(tmp_path: Path) -> None:
    hostile = "{{ 7*7 }}{% for %}<script>alert('x')</script>\" onload=x"
    mail = _render(tmp_path, "{{ customer.first_name }}", customer={"first_name": hostile})
    assert hostile in mail.text
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "//evil.example", "vbscript:x"]
)
def test_a_link_leads_to_the_web_or_a_mailbox_or_the_mail_is_not_made(tmp_path: Path, address: str) -> None:
    with pytest.raises(TemplateFault, match="not http, https or mailto"):
        _render(tmp_path, '<a href="{{ customer.city }}">x</a>', customer={"city": address})


def test_a_link_written_in_the_template_is_held_to_the_same(tmp_path: Path) -> None:
    for link in ("javascript:x", "{% if order %}https://x.example{% endif %}", "ftp://x"):
        with pytest.raises(TemplateFault, match="link"):
            _render(tmp_path, f'<a href="{link}">x</a>')


def test_a_name_that_looks_like_a_link_is_only_a_name(tmp_path: Path) -> None:
    assert _render(tmp_path, "{{ customer.city }}", customer={"city": 'href="javascript:x"'}).html


def test_a_link_with_a_fallback_is_asked_as_a_whole(tmp_path: Path) -> None:
    link = '<a href="{{ coupon.url if coupon else customer.city }}?a={{ order.id }}">x</a>'
    assert (
        'href="https://x.example?a=1001"'
        in _render(tmp_path, link, customer={"city": "https://x.example"}).html
    )


def test_links_to_the_web_to_a_mailbox_and_within_the_mail_are_fine(tmp_path: Path) -> None:
    for address in ("https://x.example/a?b=1&c=2", "http://x.example", "mailto:a@example.com", "#top"):
        assert _render(tmp_path, '<a href="{{ customer.city }}">x</a>', customer={"city": address}).html


def test_a_mail_that_would_grow_without_end_is_not_made(tmp_path: Path) -> None:
    lines = [variables()["order"]["lines"][0] | {"name": "x" * 9000}] * 100
    loop = "{% for line in order.lines %}{{ line.name }}{% endfor %}"
    with pytest.raises(TemplateFault, match="grows beyond"):
        _render(tmp_path, loop, order=variables()["order"] | {"lines": lines})


def test_an_unknown_field_prints_as_nothing_but_a_missing_one_is_an_error(tmp_path: Path) -> None:
    assert _text(tmp_path, "[{{ customer.city }}]", customer={"city": None}) == "[]"
    with pytest.raises(TemplateFault):
        _text(tmp_path, "[{{ order.total }}]", order=None)


def test_the_text_of_a_mail_keeps_what_html_would_escape(tmp_path: Path) -> None:
    assert _text(tmp_path, "{{ shop.name }}", shop=variables()["shop"] | {"name": "A & B"}) == "A & B"
