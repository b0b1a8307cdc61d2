"""Every mail that ships, in every language, reads well for whoever gets it."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest

from engine.config import LANGUAGES
from engine.delivery.check import check_templates
from engine.delivery.render import Rendered, render
from engine.delivery.templates import MissingIssue, Templates
from tests.shipped.letters import CREAM, FOLDER, LENSES, NAMES, POSTAL, WEBSITE, letter

SHIPPED = Templates(FOLDER)
ISSUES = sorted(path.name for path in (FOLDER / "newsletter" / "issues").iterdir())
MAILS = [
    *((name, "2026-12-05") for name in SHIPPED.names() if name != "newsletter"),
    *(("newsletter", issue) for issue in ISSUES),
]  # fmt: skip
CYRILLIC = re.compile(r"[а-яёіїєґ]", re.IGNORECASE)
CASES = list(product(MAILS, LANGUAGES))
LEFT_OVER = ("{{", "{%", "None", "jqz", "<include", "<mj-")
PRICES = re.compile(
    r"\d\s*(%|zł|PLN|грн|€)|rabat|promocj|obniż|zniżk|скид|акці|акци|discount|\bsale\b", re.IGNORECASE
)
OURS = [case for case in CASES if case[0][0] not in ("plain", "thank-you")]
IDS = [f"{name}-{issue}-{language}" for (name, issue), language in CASES]


def written(name: str, issue: str, language: str, *, named: bool, others: bool = True) -> Rendered:
    """The mail as Anna, or somebody nameless, reads it."""
    years = 3 if name == "anniversary" else None
    day = date.fromisoformat(issue)
    return render(letter(name, language, named=named, years=years, issue=day, others=others), SHIPPED)


@pytest.mark.parametrize("named", [True, False], ids=["Anna", "nameless"])
@pytest.mark.parametrize(("mail", "language"), CASES, ids=IDS)
def test_a_shipped_mail_has_no_gap_and_no_tag_left_in_it(
    mail: tuple[str, str], language: str, named: bool
) -> None:
    found = written(*mail, language, named=named)
    assert found.language == language
    for text in (found.subject, found.html, found.text):
        assert text.strip()
        assert [sign for sign in LEFT_OVER if sign in text] == []
    assert found.subject[0].isupper()
    assert not re.search(r"(^|[ (]),| ,|,,|\s!", found.subject + "\n" + found.text)


@pytest.mark.parametrize(("mail", "language"), CASES, ids=IDS)
def test_a_shipped_mail_says_who_writes_and_how_to_end_it(mail: tuple[str, str], language: str) -> None:
    found = written(*mail, language, named=True)
    for text in (found.html, found.text):
        assert POSTAL in text
        assert f"{WEBSITE}/why/T" in text
        wanted = mail[0] not in ("thank-you", "confirm-consent")
        assert (f"{WEBSITE}/unsubscribe/T" in text) is wanted
        assert (f"{WEBSITE}/preferences/T" in text) is wanted


@pytest.mark.parametrize(("mail", "language"), [case for case in CASES if case[0][0] != "plain"])
def test_a_subject_calls_by_name_whose_name_is_known(mail: tuple[str, str], language: str) -> None:
    assert NAMES[language] in written(*mail, language, named=True).subject
    assert NAMES[language] not in written(*mail, language, named=False).subject


@pytest.mark.parametrize(("mail", "language"), OURS)
def test_a_mail_keeps_to_its_language(mail: tuple[str, str], language: str) -> None:
    found = written(*mail, language, named=True, others=False)
    own = found.text.replace("Optyk Zielińska", "").replace(POSTAL.removeprefix("Optyk Zielińska"), "")
    assert bool(CYRILLIC.search(own)) is (language in ("uk", "ru"))
    assert not (language == "uk" and re.search("[ыэёъ]", own, re.IGNORECASE))
    assert not (language == "ru" and re.search("[іїєґ]", own, re.IGNORECASE))
    assert not (language == "en" and re.search("[ąćęłńóśźż]", own, re.IGNORECASE))


@pytest.mark.parametrize(("mail", "language"), OURS)
def test_no_shipped_mail_names_a_price_or_a_reduction(mail: tuple[str, str], language: str) -> None:
    found = written(*mail, language, named=True, others=False)
    assert not PRICES.search(found.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refill_leads_to_the_product_itself(language: str) -> None:
    found = render(letter("lens-refill", language), SHIPPED)
    assert f'href="{WEBSITE}/acu-30"' in found.html
    assert str(LENSES["name"]) in found.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refill_of_two_products_names_both_and_leads_to_the_shop(language: str) -> None:
    found = render(letter("cosmetics-refill", language, products=(CREAM, LENSES)), SHIPPED)
    assert [p["name"] for p in (CREAM, LENSES) if p["name"] not in found.text] == []
    assert found.html.count(f'href="{WEBSITE}"') >= 2  # the name in the head, and the button


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_product_without_a_page_leaves_no_dead_button(language: str) -> None:
    found = render(letter("review-request", language, products=(CREAM,)), SHIPPED)
    assert 'href=""' not in found.html
    assert ": \n" not in found.text


@pytest.mark.parametrize(
    ("language", "years", "said"),
    [("pl", 1, "już rok razem"), ("pl", 2, "już 2 lata razem"), ("pl", 5, "już 5 lat razem"), ("pl", 12, "12 lat"),
     ("uk", 1, "уже рік"), ("uk", 3, "уже 3 роки"), ("uk", 11, "уже 11 років"), ("uk", 21, "уже 21 рік"),
     ("ru", 1, "уже год"), ("ru", 4, "уже 4 года"), ("ru", 5, "уже 5 лет"), ("ru", 21, "уже 21 год"),
     ("en", 1, "for a year together"), ("en", 2, "for 2 years together")],
)  # fmt: skip
def test_years_are_counted_as_people_say_them(language: str, years: int, said: str) -> None:
    assert said in render(letter("anniversary", language, years=years), SHIPPED).subject


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [("pl", "ten kosmetyk może się", "te kosmetyki mogą się"), ("uk", "цей засіб може", "ці засоби можуть"),
     ("ru", "это средство может", "эти средства могут"), ("en", "this product", "these products")],
)  # fmt: skip
def test_a_refill_speaks_of_one_product_or_of_several(language: str, one: str, two: str) -> None:
    for products, said in (((CREAM,), one), ((CREAM, LENSES), two)):
        text = render(letter("cosmetics-refill", language, products=products), SHIPPED).text
        assert said in text


def test_a_day_without_an_issue_has_no_newsletter() -> None:
    with pytest.raises(MissingIssue):
        render(letter("newsletter", "pl", issue=date(2026, 12, 25)), SHIPPED)


def test_nothing_is_wrong_with_the_shipped_templates() -> None:
    assert [str(problem) for problem in check_templates(FOLDER)] == []
