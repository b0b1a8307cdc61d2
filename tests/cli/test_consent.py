"""`server.py consent`: what Anna has said, proof that nobody changed it, her objection, and a link for her."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.store import open_store
from models import ConsentChange
from tests.cli.desk import Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return new_desk(tmp_path, database_url, capsys)


def change(url: str, **values: object) -> None:
    store = open_store(url)
    with store.use():
        ConsentChange.update(values).where(ConsentChange.id == ConsentChange.select().first().id).execute()
    store.close()


def test_show_tells_what_holds_and_every_line(desk: Desk) -> None:
    text = desk.done("consent", "show", "anna")
    assert "agreed: marketing" in text
    assert "source checkout" in text
    (found,) = desk.json("consent", "show", "anna@example.com")
    assert found["holds"]["agreed"] == ["marketing"]
    assert [line["about"] for line in found["ledger"]] == ["marketing"]


def test_an_objection_is_written_and_taken_back_once(desk: Desk) -> None:
    assert "anna of optyk objects to profiling" in desk.done("consent", "object", "anna")
    assert desk.done("consent", "object", "anna").strip().endswith("already")
    assert desk.json("consent", "show", "anna")[0]["holds"]["objects to profiling"] is True
    assert desk.json("consent", "allow", "anna")[0]["changed"] is True
    assert desk.json("consent", "show", "anna")[0]["holds"]["objects to profiling"] is False
    assert "objected to profiling" not in desk.done("explain", "anna")


def test_a_link_leads_to_the_page_of_choices(desk: Desk) -> None:
    link = desk.done("consent", "link", "anna").strip()
    assert link.startswith("http://127.0.0.1:8000/p/")
    assert len(link.rpartition("/")[2]) == 32


def test_verify_and_the_doctor_name_a_line_that_was_changed(desk: Desk, database_url: str) -> None:
    assert desk.done("consent", "verify").strip().endswith("every line is as it was written")
    assert "are as they were written" in desk.call("doctor")[1]
    change(database_url, wording="Sell my data")
    code, out, _ = desk.call("consent", "verify")
    assert (code, "changed, taken out or moved" in out) == (1, True)
    code, out, _ = desk.call("consent", "verify", "--json")
    assert (code, json.loads(out)[0]["faults"][0]["line"]) == (1, 1)
    code, out, _ = desk.call("doctor")
    assert (code, "server.py consent verify" in out) == (1, True)


def test_verify_holds_after_an_erasure(desk: Desk) -> None:
    desk.done("erase", "anna")
    assert "1 of them of erased customers" in desk.done("consent", "verify")


@pytest.mark.parametrize("words", [["show"], ["show", "nobody"], ["sell", "anna"], ["link"]])
def test_what_cannot_be_done_says_so(desk: Desk, words: list[str]) -> None:
    try:
        code, _, err = desk.call("consent", *words)
    except SystemExit as wrong:
        code, err = int(str(wrong.code)), desk.capture.readouterr().err
    assert code == 2
    assert err.strip()


def test_an_import_says_how_many_consents_prove_nothing(desk: Desk, tmp_path: Path) -> None:
    line = {
        "resource": "consents",
        "customer": {"email": "anna@example.com"},
        "purpose": "newsletter",
        "granted": True,
    }
    (tmp_path / "old.ndjson").write_text(json.dumps(line) + "\n", "utf-8")
    out = desk.done("import", str(tmp_path / "old.ndjson"))
    assert "1 consents show neither when and where they were given nor a proof" in out
    assert "without proof" in desk.done("consent", "show", "anna")
    assert desk.json("consent", "show", "anna")[0]["holds"]["agreed"] == ["marketing"]
    (tmp_path / "proof.ndjson").write_text(json.dumps(line | {"proof": "forms.pdf, page 3"}) + "\n", "utf-8")
    assert desk.json("import", str(tmp_path / "proof.ndjson"))["unproven"] == 0
    assert desk.json("consent", "show", "anna")[0]["holds"]["agreed"] == ["marketing", "newsletter"]
