"""Customers' rights from the desk: everything that is kept of somebody, and forgetting them for good."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.desk import Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = new_desk(tmp_path, database_url, capsys)
    desk.done("tick")  # the rule acts from now on
    return desk


def test_anna_is_given_everything_that_is_kept_of_her_and_nothing_of_others(desk: Desk) -> None:
    desk.done("clock", "2026-01-22T12:00")
    desk.done("tick")
    told = json.loads(desk.done("export", "anna@example.com"))
    assert told["exported_at"] == "2026-01-22T11:00:00+00:00"
    [anna] = told["customers"]
    assert (anna["shop"], anna["customer"]) == ("optyk", "anna")
    tables = anna["tables"]
    assert [row["email"] for row in tables["address"]] == ["anna@example.com"]
    assert [(row["external_id"], row["at"]) for row in tables["orders"]] == [
        ("1", "2026-01-01T11:00:00+00:00")
    ]
    assert [(row["product"], row["price_minor"]) for row in tables["line"]] == [("A", 6000)]
    assert [(row["purpose"], row["granted"]) for row in tables["consent_change"]] == [("marketing", True)]
    assert [row["rule"] for row in tables["message"]] == ["refill"]
    assert len(tables["order_version"]) == 1
    assert "borys" not in json.dumps(told).lower()


def test_csv_files_are_safe_in_a_spreadsheet_and_private(desk: Desk) -> None:
    orders = desk.folder / "more.csv"
    orders.write_text('order_id,placed_at,customer_id,email,first_name,product,category,quantity,price\n'
                      '9,2026-01-02 12:00,dora,dora@example.com,"=HYPERLINK(""x"")",A,lenses,1,60\n', "utf-8")  # fmt: skip
    desk.done("import", str(orders))
    files = [Path(name) for name in desk.json("export", "dora", "--csv", str(desk.folder / "out"))]
    customer = next(file for file in files if file.name == "customer.csv")
    assert customer.stat().st_mode & 0o777 == 0o600
    [row] = csv.DictReader(customer.read_text("utf-8-sig").splitlines())
    assert row["first_name"] == '\'=HYPERLINK("x")'
    assert {"orders.csv", "line.csv", "address.csv"} <= {file.name for file in files}


def test_json_goes_into_a_private_file_where_one_is_named(desk: Desk) -> None:
    file = desk.folder / "anna.json"
    assert desk.done("export", "anna", "--to", str(file)) == f"{file}\n"
    assert json.loads(file.read_text())["customers"][0]["customer"] == "anna"
    assert file.stat().st_mode & 0o777 == 0o600


def test_anna_is_forgotten_and_the_rule_that_would_have_reminded_her_stays_silent(desk: Desk) -> None:
    said = desk.done("erase", "anna@example.com")
    assert said.startswith("erased from optyk: ")
    assert "1 of orders" in said
    assert "the mailbox gets no mail any more" in said
    desk.done("clock", "2026-01-31T12:00")
    desk.done("tick")
    desk.done("send")
    caught = {message["to"] for message in mails(desk)}
    assert caught == {"borys@example.com"}
    code, _, error = desk.call("export", "anna")
    assert (code, "no customer has the id or address 'anna'" in error) == (2, True)


def mails(desk: Desk) -> list[dict[str, str]]:
    """Reads what the catcher has."""
    from engine.store import open_store
    from models import Caught

    config = (desk.folder / "config.yaml").read_text()
    url = next(line.split(" ", 1)[1] for line in config.splitlines() if line.startswith("database:"))
    store = open_store(url)
    with store.use():
        found = [{"to": row.to} for row in Caught.select()]
    store.close()
    return found


def test_a_shop_that_has_no_such_customer_is_named(desk: Desk) -> None:
    code, _, error = desk.call("erase", "anna", "--shop", "inny")
    assert (code, "in the shop 'inny'" in error) == (2, True)
    assert json.loads(desk.done("export", "anna"))["customers"]


def test_whoever_only_waits_under_an_address_is_told_and_forgotten_by_hand(desk: Desk) -> None:
    quiz = {"resource": "events", "kind": "event", "name": "quiz", "id": "e1", "at": "2026-01-02T10:00:00Z",
            "customer": {"email": "zofia@example.com"}}  # fmt: skip
    (desk.folder / "events.ndjson").write_text(json.dumps(quiz), "utf-8")
    desk.done("import", str(desk.folder / "events.ndjson"))
    files = [
        Path(name) for name in desk.json("export", "Zofia@example.com", "--csv", str(desk.folder / "out"))
    ]
    assert [file.name for file in files] == ["event.csv"]
    assert "zofia" not in str(files[0].relative_to(desk.folder))
    [told] = json.loads(desk.done("export", "zofia@example.com"))["customers"]
    assert (told["shop"], [row["name"] for row in told["tables"]["event"]]) == ("optyk", ["quiz"])
    said = desk.done("erase", "zofia@example.com")
    assert said == (
        "erased somebody who is no customer there from optyk: 1 of event; the mailbox gets no mail any more\n"
    )
    assert len((desk.folder / "var" / "erasures.ndjson").read_text().splitlines()) == 3  # the mailbox too
    code, _, error = desk.call("erase", "zofia@example.com")
    assert (code, "no customer has the id or address 'zofia@example.com', and nothing waits" in error) == (
        2,
        True,
    )
    acts = [(act["act"], act["customer"]) for act in desk.json("audit", "--act", "erase")]
    assert acts == [("erase", None)]
