"""`check` finds in a template what customers would otherwise find."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.delivery.check import check_templates
from tests.delivery.mails import SHIPPED, section, write

GOOD = "{% for line in order.lines %}{{ line.name }}{% endfor %}{{ customer.attributes.size|default('') }}"


def _problems(folder: Path, text: str, languages: tuple[str, ...] = ("pl",)) -> list[str]:
    files = {"hello/pl/subject.txt": "s", "hello/pl/body.mjml": section(text)}
    return [
        str(problem).removeprefix(f"{folder}/")
        for problem in check_templates(write(folder, files), languages)
    ]


def test_every_template_that_ships_is_sound_in_every_language() -> None:
    assert [str(problem) for problem in check_templates(SHIPPED)] == []


def test_a_sound_template_has_no_problems(tmp_path: Path) -> None:
    assert _problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ custmer.city }}", "there is no variable 'custmer'; did you mean 'customer'?"),
        ("{{ customer.frist_name }}", "there is no 'customer.frist_name'; did you mean 'first_name'?"),
        ("{% for line in order.lines %}{{ line.nme }}{% endfor %}", "there is no 'line.nme'; did you mean 'name'?"),
        ("{% for a in anchors %}{{ a.order.totl }}{% endfor %}", "there is no 'a.order.totl'; did you mean 'total'?"),
        ("{% set o = anchor.order %}{{ o.totl }}", "there is no 'o.totl'; did you mean 'total'?"),
        ("{{ (products|first).nme }}", "there is no '….nme'; did you mean 'name'?"),
        ("{{ order.lines.name }}", "'order.lines' is a list; loop over it, or write |first"),
        ("{{ shop.name.length }}", "'shop.name' has no parts, so no 'length'"),
        ("{{ order.total|mony }}", "unknown filter 'mony'; did you mean 'money'?"),
        ("{% if order %}{{ x1 }}{% elif y1 %}a{% endif %}", "there is no variable 'x1'"),
        ("{{ order.total", "{{ is not closed"),
        ("{% for a in products %}", "Unexpected end of template"),
        ("{{ line }}", "there is no variable 'line'"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_found_with_its_line_and_the_nearest_known(
    tmp_path: Path, text: str, said: str
) -> None:
    found = _problems(tmp_path, text)
    assert any(said.lower() in problem.lower() for problem in found), found
    assert all(
        problem.startswith("hello/pl/body.mjml:3:1") for problem in found if "end of template" not in problem
    )


def test_missing_languages_are_warnings(tmp_path: Path) -> None:
    assert _problems(tmp_path, "x", ("pl", "uk")) == [
        "hello:1:1: warning: hello has no uk; those readers get another language"
    ]


def test_a_template_without_a_subject_and_one_without_a_language_are_errors(tmp_path: Path) -> None:
    write(tmp_path, {"a/pl/body.mjml": section("x"), "b/readme.md": ""})
    messages = [problem.message for problem in check_templates(tmp_path, ())]
    assert messages == [
        "subject.txt is missing; write it",
        "no language; add LANGUAGE/subject.txt and body.mjml",
    ]


def test_each_issue_of_a_newsletter_is_looked_at_and_must_be_called_by_its_date(tmp_path: Path) -> None:
    write(tmp_path, {
        "news/issues/2026-12-05/pl/subject.txt": "{{ nope }}", "news/issues/2026-12-05/pl/body.mjml": section("x"),
        "news/issues/december/pl/subject.txt": "s", "news/issues/december/pl/body.mjml": section("x"),
    })  # fmt: skip
    messages = [problem.message for problem in check_templates(tmp_path, ("pl",))]
    assert messages[0].startswith("there is no variable 'nope'")
    assert messages[1:] == ["'december' is no date; name an issue like 2026-12-05"]


def test_a_folder_without_templates_still_has_the_plain_one(tmp_path: Path) -> None:
    assert check_templates(tmp_path / "nowhere") == []


def test_a_variant_may_be_a_subject_alone_and_lack_a_language(tmp_path: Path) -> None:
    files = {f"hello/{language}/{name}": text for language in ("pl", "uk")
             for name, text in (("subject.txt", "s"), ("body.mjml", section("x")))}  # fmt: skip
    write(tmp_path, {**files, "hello/variants/b/pl/subject.txt": "another"})
    assert [(p.level, p.message) for p in check_templates(tmp_path, ("pl", "uk"))] == [
        ("warning", "b has no uk; those readers get another wording")
    ]
