"""Templates: which language, which issue, and what every mail of the shop has in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.delivery.check import check_templates
from engine.delivery.render import one_line, render
from engine.delivery.templates import MissingIssue, Templates
from engine.errors import TemplateFault
from tests.delivery.mails import SHIPPED, context, section, variables, write

LANGUAGES = ("pl", "uk", "ru", "en")


def _template(folder: Path, *languages: str, name: str = "hello") -> Templates:
    files = {}
    for language in languages:
        files[f"{name}/{language}/subject.txt"] = f"{language} {{{{ customer.first_name }}}}"
        files[f"{name}/{language}/body.mjml"] = section(language)
    return Templates(write(folder, files))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["thank-you", "plain"])
def test_each_shipped_mail_says_who_writes_and_why_in_every_language(name: str, language: str) -> None:
    mail = render(context(name, (language,)), Templates(SHIPPED))
    assert mail.language == language
    for said in (mail.html, mail.text):
        assert "ul. Szeroka 14" in said
        assert "https://optyk.example/u/T" in said
        assert "https://optyk.example/w/T" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_about_the_order_has_no_link_to_unsubscribe(language: str) -> None:
    mail = render(context("thank-you", (language,), transactional=True), Templates(SHIPPED))
    assert "/u/T" not in mail.html + mail.text
    assert "/w/T" in mail.html


@pytest.mark.parametrize(
    ("language", "total"),
    [("pl", "129,90 zł"), ("uk", "129,90 zł"), ("ru", "129,90 zł"), ("en", "PLN 129.90")],
)
def test_the_thank_you_shows_the_order_as_readers_of_the_language_write_money(
    language: str, total: str
) -> None:
    mail = render(context("thank-you", (language,)), Templates(SHIPPED))
    assert total in mail.text
    assert "Acuvue Oasys 30" in mail.text
    assert "1001" in mail.subject
    assert total in mail.html.replace("\xa0", " ")


def test_two_orders_of_one_minute_are_both_thanked_for() -> None:
    both = [variables()["anchor"] | {"order": variables()["order"] | {"id": key}} for key in ("1001", "1002")]
    mail = render(context("thank-you", anchors=both), Templates(SHIPPED))
    assert "1001" in mail.text
    assert "1002" in mail.text


def test_products_are_shown_only_where_there_are_any_to_show() -> None:
    templates = Templates(SHIPPED)
    product = variables()["products"][0] | {"name": "Biofinity 6"}
    assert "Inni kupują" not in render(context(), templates).html
    shown = render(context(recommend=[product]), templates)
    assert "Biofinity 6" in shown.html
    assert "Biofinity 6, 64,95 zł: https://optyk.example/acu-30" in shown.text


@pytest.mark.parametrize(
    ("there", "wanted", "got"),
    [
        (("pl", "uk"), ("uk", "pl"), "uk"),
        (("pl", "en"), ("uk", "en"), "en"),
        (("ru", "en"), ("uk", "pl"), "ru"),
        (("en",), (None, "pl"), "en"),
    ],
)
def test_the_customers_language_then_the_shops_then_any(
    tmp_path: Path, there: tuple[str, ...], wanted: tuple[str | None, ...], got: str
) -> None:
    assert render(context("hello", wanted), _template(tmp_path, *there)).language == got


def test_a_language_is_never_a_way_out_of_the_folder(tmp_path: Path) -> None:
    assert render(context("hello", ("../../etc", "pl")), _template(tmp_path, "pl")).language == "pl"


def test_a_missing_text_is_made_from_the_html_with_its_links(tmp_path: Path) -> None:
    body = section('Zażółć <a href="https://optyk.example/x">gęślą</a> {{ customer.first_name }}')
    templates = Templates(write(tmp_path, {"hello/pl/subject.txt": "s", "hello/pl/body.mjml": body}))
    text = render(context("hello"), templates).text
    assert "Zażółć" in text
    assert "https://optyk.example/x" in text
    assert "Anna" in text
    assert "<" not in text


def test_a_changed_file_is_seen_in_the_next_round(tmp_path: Path) -> None:
    templates = _template(tmp_path, "pl")
    assert render(context("hello"), templates).subject == "pl Anna"
    (tmp_path / "hello/pl/subject.txt").write_text("new and longer", "utf-8")
    templates.refresh()
    assert render(context("hello"), templates).subject == "new and longer"


def test_a_newsletter_takes_the_issue_of_the_local_date_and_has_none_on_other_days(tmp_path: Path) -> None:
    templates = _template(tmp_path, "pl", "uk", name="newsletter/issues/2026-12-05")
    issue = replace(context("newsletter", ("uk",)), local_date=date(2026, 12, 5))
    assert render(issue, templates).subject == "uk Anna"
    assert templates.has_issues("newsletter")
    assert templates.has_issue("newsletter", date(2026, 12, 5), "en")
    assert not templates.has_issue("newsletter", date(2026, 12, 15), "pl")
    with pytest.raises(MissingIssue, match="2026-12-15"):
        render(replace(issue, local_date=date(2026, 12, 15)), templates)


def test_a_variant_is_another_wording_and_an_unknown_one_is_the_usual(tmp_path: Path) -> None:
    _template(tmp_path, "pl", name="hello/variants/b")
    templates = _template(tmp_path, "en")
    assert render(replace(context("hello"), variant="b"), templates).language == "pl"
    assert render(replace(context("hello"), variant="c"), templates).language == "en"


def test_what_a_variant_lacks_is_the_templates_own(tmp_path: Path) -> None:
    _template(tmp_path, "pl", "uk")
    write(
        tmp_path,
        {"hello/pl/body.txt": "text of the template", "hello/variants/b/pl/subject.txt": "another subject"},
    )
    polish = render(replace(context("hello"), variant="b"), Templates(tmp_path))
    assert (polish.subject, polish.text) == ("another subject", "text of the template\n")
    ukrainian = render(replace(context("hello", ("uk", "pl")), variant="b"), Templates(tmp_path))
    assert (ukrainian.language, ukrainian.subject) == ("uk", "uk Anna")


def test_a_body_of_its_own_does_not_bring_the_templates_text(tmp_path: Path) -> None:
    _template(tmp_path, "pl")
    write(tmp_path, {
        "hello/pl/body.txt": "text of the template", "hello/variants/b/pl/body.mjml": section("another body"),
    })  # fmt: skip
    mail = render(replace(context("hello"), variant="b"), Templates(tmp_path))
    assert "another body" in mail.text
    assert "text of the template" not in mail.text


@pytest.mark.parametrize("name", ["nothing", "../hello", "_layout", "hello/pl"])
def test_an_unknown_template_is_an_error_that_names_the_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateFault, match="known: hello"):
        render(context(name), _template(tmp_path, "pl"))


def test_a_part_is_taken_in_the_mails_language_else_from_the_common_ones(tmp_path: Path) -> None:
    write(tmp_path, {
        "_layout/layout.mjml": '<mjml><mj-body><mj-include path="body" /></mj-body></mjml>',
        "_layout/pl/sign.mjml": section("Pozdrawiamy"), "_layout/sign.mjml": section("Regards"),
        "hello/pl/body.mjml": '<mj-include path="sign" />', "hello/en/body.mjml": '<mj-include path="sign" />',
        "hello/pl/subject.txt": "s", "hello/en/subject.txt": "s",
    })  # fmt: skip
    templates = Templates(tmp_path)
    assert "Pozdrawiamy" in render(context("hello", ("pl",)), templates).html
    assert "Regards" in render(context("hello", ("en",)), templates).html


@pytest.mark.parametrize("path", ["../../secret", "/etc/passwd", "Body", "missing"])
def test_a_part_outside_the_layout_or_missing_is_an_error(tmp_path: Path, path: str) -> None:
    write(tmp_path, {
        "_layout/layout.mjml": '<mjml><mj-body><mj-include path="body" /></mj-body></mjml>',
        "hello/pl/subject.txt": "s", "hello/pl/body.mjml": f'<mj-include path="{path}" />',
    })  # fmt: skip
    with pytest.raises(TemplateFault):
        render(context("hello"), Templates(tmp_path))


def test_a_loop_between_table_rows_sections_and_columns_stays_where_it_was_written(tmp_path: Path) -> None:
    body = """
    {% for product in products %}
    <mj-section>
      <mj-column>
        {% if product.price < 100 and product.price > 1 %}
        <mj-text>[{{ product.name }}]</mj-text>
        {% endif %}
        <mj-table>
          {% for line in order.lines %}<tr><td>({{ line.quantity }})</td></tr>{% endfor %}
        </mj-table>
      </mj-column>
    </mj-section>
    {% endfor %}
    """
    files = {"hello/pl/subject.txt": "s", "hello/pl/body.mjml": body}
    html = render(context("hello"), Templates(write(tmp_path, files))).html
    assert html.count("[Acuvue Oasys 30]") == 1
    assert html.index("<table") < html.index("[Acuvue") < html.index("(2)") < html.index("</body>")


def test_a_subject_is_one_line_whatever_was_in_it() -> None:
    assert one_line(" Anna\r\nBcc: x\x00\u2028 y\t ") == "Anna Bcc: x y"
    assert one_line("\u202eannA\u2066, your order") == "annA, your order"
    assert len(one_line("x" * 1000)) == 250


def test_plain_is_always_there_with_the_shipped_frame_around_it(tmp_path: Path) -> None:
    templates = Templates(tmp_path / "nothing")
    assert templates.names() == ["plain"]
    loaded = templates.load("plain", ["uk"])
    assert (loaded.language, loaded.folder) == ("uk", SHIPPED / "plain" / "uk")
    assert check_templates(tmp_path / "nothing") == []
    (tmp_path / "own" / "plain" / "en").mkdir(parents=True)
    (tmp_path / "own" / "plain" / "en" / "subject.txt").write_text("Mine", "utf-8")
    (tmp_path / "own" / "plain" / "en" / "body.mjml").write_text("<mj-section></mj-section>", "utf-8")
    assert Templates(tmp_path / "own").load("plain", ["uk"]).folder == tmp_path / "own" / "plain" / "en"
