"""`check` warns of gaps in a letter, of price claims without the lowest price, and of what a rule's mails never have."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.delivery.advice import lacking, letters, never_there, price_claims
from engine.delivery.templates import Templates
from engine.rulebook.ast import Rule
from tests.delivery.mails import SHIPPED, section, write
from tests.rulebook.words import rule


def written(folder: Path, body: str, subject: str = "s", text: str | None = None) -> Templates:
    files = {"win-back/pl/subject.txt": subject, "win-back/pl/body.mjml": section(body)}
    return Templates(write(folder, files | ({"win-back/pl/body.txt": text} if text is not None else {})))


def gaps(folder: Path, body: str) -> list[str]:
    return [each.name for each in lacking(letters(written(folder, body)))]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Cześć {{ customer.first_name }}!", ["customer.first_name"]),
        ("{{ customer.first_name|capitalize }}", ["customer.first_name"]),
        ("{% set name = customer.first_name %}{{ name }}", ["customer.first_name"]),
        ("{% if customer.city %}{{ customer.first_name }}{% endif %}", ["customer.first_name"]),
        ("{% if not customer.city %}{{ customer.city }}{% endif %}", ["customer.city"]),
        ("{% if customer.city %}a{% else %}{{ customer.city }}{% endif %}", ["customer.city"]),
        ("{% if customer.city or customer.country %}{{ customer.city }}{% endif %}", ["customer.city"]),
        (
            "{{ customer.attributes.size }} {{ customer.gender }}",
            ["customer.attributes.size", "customer.gender"],
        ),
        ("{{ 'a' if customer.city else customer.first_name }}", ["customer.first_name"]),
        ("{% for p in products %}{{ customer.city }}{% endfor %}", ["customer.city"]),
        ("{% if customer.gender != 'male' %}{{ customer.gender }}{% endif %}", ["customer.gender"]),
    ],
)
def test_a_field_that_a_customer_may_lack_is_found(tmp_path: Path, body: str, found: list[str]) -> None:
    assert gaps(tmp_path, body) == found


@pytest.mark.parametrize(
    "body",
    [
        "{{ customer.first_name|default('Kliencie') }}",
        "{{ customer.first_name or 'Kliencie' }}",
        "{% if customer.first_name %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name and customer.city %}{{ customer.first_name }} {{ customer.city }}{% endif %}",
        "{% if not customer.city %}a{% else %}{{ customer.city }}{% endif %}",
        "{% if not customer.city %}a{% elif customer.gender %}{{ customer.city }}{% endif %}",
        "{% if customer.city is none %}a{% else %}{{ customer.city }}{% endif %}",
        "{% if customer.gender == 'female' %}{{ customer.gender }}{% endif %}",
        "{{ customer.city if customer.city else 'a' }}",
        "{{ 'Droga' if customer.gender == 'female' else 'Witaj' }}",
        "{% set name = customer.first_name|default('x') %}{{ name }}",
        "{% for customer in products %}{{ customer.name }}{% endfor %}",
        "{{ customer.language }} {{ shop.name }}",
    ],
)
def test_a_letter_that_provides_for_it_is_left_alone(tmp_path: Path, body: str) -> None:
    assert gaps(tmp_path, body) == []


def test_a_gap_is_shown_where_it_is(tmp_path: Path) -> None:
    found = lacking(
        letters(written(tmp_path, "a", subject="{{ customer.city }}", text="a\n{{ customer.city }}"))
    )
    assert [str(each.place).removeprefix(f"{tmp_path}/win-back/pl/") for each in found] == [
        "body.txt:2:1",
        "subject.txt:1:1",
    ]


def claimed(folder: Path, body: str, **more: str) -> list[str]:
    return [problem.message for problem in price_claims(letters(written(folder, body, **more)), {})]


@pytest.mark.parametrize(
    "body",
    [
        "Teraz -20%!", "Dziś 30 % taniej", "Zniżka 15%", "Скидка 15%", "Now 20% off", "<s>199,00 zł</s> 149,00 zł",
        "<span style='text-decoration: line-through'>199</span>", "{{ anchor.properties.percent }} %",
        "{{ anchor.properties.old_price }}",
    ],
)  # fmt: skip
def test_a_claim_of_a_lower_price_needs_the_lowest_of_30_days(tmp_path: Path, body: str) -> None:
    found = claimed(tmp_path, body)
    assert found
    assert all("does not show lowest_30_days" in each for each in found)
    assert claimed(tmp_path, f"{body} {{{{ anchor.properties.lowest_30_days }}}}") == []


@pytest.mark.parametrize(
    "body",
    [
        "Kosztuje 149,00 zł", "100% bawełny", "width 50%", "Wypełnione w 80%", "od 5 do 10%",
        "Twój kod {{ coupon.code }}: -{{ coupon.percent }}%", "Rabat 10% z kodem {{ coupon.code }}", "<strong>a</strong>",
        "30-10%-20",
    ],
)  # fmt: skip
def test_what_is_no_such_claim_is_left_alone(tmp_path: Path, body: str) -> None:
    assert claimed(tmp_path, body) == []


def test_a_claim_in_the_subject_is_answered_in_the_body_and_in_the_text_by_itself(tmp_path: Path) -> None:
    lowest = "{{ anchor.properties.lowest_30_days }}"
    assert len(claimed(tmp_path, "a", subject="-20% dla Ciebie")) == 1
    assert claimed(tmp_path, lowest, subject="-20% dla Ciebie") == []
    assert len(claimed(tmp_path, lowest, text="-20%")) == 1
    assert claimed(tmp_path, lowest, text=f"-20% {lowest}") == []


def about(lines: str) -> dict[str, Rule]:
    return {"win-back": rule(lines)}


def test_a_rule_about_a_dropped_price_must_show_it_in_every_language(tmp_path: Path) -> None:
    dropped = about("when: {price_dropped: any}")
    said = [problem.message for problem in price_claims(letters(written(tmp_path, "Tańsze!")), dropped)]
    assert said == [
        "win-back says a lower price and must show lowest_30_days; its template win-back does not in pl"
    ]
    shown = letters(written(tmp_path, "{{ anchor.properties.lowest_30_days }}"))
    assert price_claims(shown, dropped) == []
    asked = "{% if anchor.properties.lowest_30_days %}cheaper{% endif %}"
    assert price_claims(letters(written(tmp_path, asked)), dropped)
    lowest = "{{ anchor.properties.lowest_30_days }}"
    assert price_claims(letters(written(tmp_path, lowest, text="Tańsze!")), dropped)
    assert price_claims(letters(written(tmp_path, "x")), about("when: {back_in_stock: any}")) == []
    assert price_claims({}, about("when: {price_dropped: any}\nsend: plain\nnote: cheaper"))


@pytest.mark.parametrize(
    ("lines", "body", "found"),
    [
        ("when: {birthday: any}", "{{ order.total }}", ["order.total"]),
        ("when: {inactive: 9 days}", "{{ coupon.code }}", ["coupon.code"]),
        ("when: {birthday: any}", "{% for line in order.lines %}a{% endfor %}", ["order.lines"]),
        ("when: {birthday: any}", "{% if order %}{{ order.total }}{% endif %}", []),
        ("when: {birthday: any}", "{% if coupon %}{{ coupon.code }}{% endif %}", []),
        ("when: {ordered: any}", "{{ order.total }}", []),
        ("when: {complained: any}", "{{ order.total }}", []),
        ("when: {inactive: 9 days}\nwith: {coupon: {percent: 10}}", "{{ coupon.code }}", []),
    ],
)
def test_what_the_mails_of_a_rule_never_have_is_found(
    tmp_path: Path, lines: str, body: str, found: list[str]
) -> None:
    said = never_there(letters(written(tmp_path, body)), about(lines))
    assert [
        problem.message.partition(" is never there in a mail of win-back")[0] for problem in said
    ] == found


def test_the_letters_that_ship_have_no_gaps_and_claim_no_lower_price() -> None:
    shipped = letters(Templates(SHIPPED))
    assert len(shipped) >= 10
    assert (lacking(shipped), price_claims(shipped, {})) == ([], [])
