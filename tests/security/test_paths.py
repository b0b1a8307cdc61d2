"""No name, from whomever, leads out of the folder that it belongs to."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.cli.export import _write
from engine.consent.handed_out import names_of
from engine.delivery.templates import Templates
from engine.errors import TemplateFault
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import Customer
from tests.delivery.mails import section, write
from tests.web.shopful import Shopful

OUT = (
    "../outside", "..", ".", "/etc", "/etc/passwd", "..\\outside", "a/../../outside", "offer/../../outside", "....//outside",
    "%2e%2e/outside", "offer\0", "~root", "\u2025/outside", "offer/", "_layout", "",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Templates beside a folder that is none of them, and would be one if anybody got there."""
    for name in ("outside", "templates/offer", "templates/offer/variants/b"):
        write(tmp_path, {f"{name}/pl/subject.txt": f"from {name}", f"{name}/pl/body.mjml": section("x")})
    (tmp_path / "outside" / "secret.txt").write_text("secret", "utf-8")
    return tmp_path / "templates"


@pytest.mark.parametrize("name", OUT)
def test_no_templates_name_is_a_way_out(folder: Path, name: str) -> None:
    with pytest.raises(TemplateFault):
        Templates(folder).load(name, ("pl",))
    assert Templates(folder).has_issues(name) is False


@pytest.mark.parametrize("name", OUT)
def test_no_variant_and_no_language_is_a_way_out(folder: Path, name: str) -> None:
    loaded = Templates(folder).load("offer", (name, "pl"), variant=f"../../{name}")
    assert loaded.subject.fill({}, "anna").startswith("from templates/offer")
    loaded = Templates(folder).load("offer", ("pl",), variant=name, local_date=date(2026, 3, 1))
    assert loaded.subject.fill({}, "anna").startswith("from templates/offer")


@pytest.mark.parametrize("name", [name for name in OUT if name and "\0" not in name])
def test_no_part_that_a_letter_includes_is_a_way_out(folder: Path, name: str) -> None:
    own = name.replace('"', "")
    write(folder, {"letter/pl/subject.txt": "s", "letter/pl/body.mjml": f'<mj-include path="{own}" />'})
    with pytest.raises(TemplateFault):
        Templates(folder).load("letter", ("pl",))
    write(folder, {"text/pl/subject.txt": "s", "text/pl/body.mjml": section("x"),
                   "text/pl/body.txt": f'a\n<include "{own}">\n'})  # fmt: skip
    with pytest.raises(TemplateFault):
        Templates(folder).load("text", ("pl",))


@pytest.mark.parametrize("name", [name for name in OUT if "\0" not in name])
def test_no_rule_sends_what_lies_outside(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    rule = f'- {{rule: a, when: {{bought: any, after: 1 days}}, send: "{quoted}"}}\n'
    book = load_text({"rules.yaml": rule}, Vocabulary(purposes=("marketing",)))
    if name == "_layout":
        return  # a folder of the templates, and no template: told when it is rendered
    assert book.rules == {}
    assert book.broken == ("a",)


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/passwd",
        "..%2f..%2fsecret.key",
        "%2e%2e/%2e%2e/config.yaml",
        "/etc/passwd",
        "console.css%00.png",
    ],
)
def test_no_address_reads_a_file_beside_the_static_ones(app: Flask, client: Any, name: str) -> None:
    for door in ("/static/", "/schema/", "/rules/", "/mailbox/", "/"):
        with client.get(f"{door}{name}", follow_redirects=True) as answer:
            assert "root:" not in answer.text, door
            assert answer.request.path == "/login" or answer.status_code in (400, 404), door
    with client.get("/static/console.css") as answer:
        assert answer.status_code == 200


def test_an_export_stays_in_its_folder_whatever_the_shop_calls_its_customers(
    shop: Shopful, store: Store, tmp_path: Path
) -> None:
    anna = Customer.get(Customer.external_id == "anna")
    Customer.update(external_id="../../../tmp/x", email="/etc/x@example.com").where(
        Customer.id == anna.id
    ).execute()
    anna = Customer.get_by_id(anna.id)
    called = names_of(store, anna)
    assert called[0] == str(anna.id)
    assert all(re.fullmatch("[0-9a-f]+", name) for name in called)
    own = tmp_path / "out" / f"optyk-{called[0]}"
    assert _write(own, {"customer": [{"id": 1}]}) == [str(own / "customer.csv")]
