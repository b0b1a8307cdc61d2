"""What was taken back is known beside the store, so that a backup from before is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.consent.standing import standings
from engine.consent.stops import stop_rule, stopped_at
from engine.consent.suppression import BY_HAND, HARD, lift, suppress
from engine.consent.withdrawal import withdraw
from engine.consent.withdrawals import NAME, take_over
from engine.consent.withdrawn_again import withdraw_again
from engine.errors import UsageError
from engine.store import Store
from models import Address, ConsentChange, Customer, Suppression
from tests.intake.optica import Optica, order, the_customer

YES = {"marketing": {"granted": True, "at": "2026-02-01T10:00:00Z", "source": "checkout", "wording": "Yes"}}


@pytest.fixture
def optica(store: Store, tmp_path: Path) -> Optica:
    """A shop where Anna has an id, Borys is a guest, and both want offers."""
    store.home, store.secret = tmp_path, b"secret"
    optica = Optica(store)
    optica.orders(
        order("1", customer={"id": "anna", "email": "anna@example.com", "consent": YES}),
        order("2", customer={"email": "borys@example.com", "consent": YES}),
    )
    return optica


def as_before(store: Store) -> None:
    """Puts the store back to what it was before anybody withdrew, as an old backup does."""
    ConsentChange.delete().where(~ConsentChange.granted).execute()
    Suppression.delete().execute()
    Address.update(suppressed_at=None, suppressed_reason=None).execute()


def wanting(optica: Optica) -> set[str]:
    """Returns whose consent to marketing holds."""
    rows = {row.id: row.email for row in Customer.select()}
    return {
        rows[who] for who, said in standings(sorted(rows), optica.now).items() if "marketing" in said.consents
    }


def leave(optica: Optica, email: str) -> None:
    address = Address.get(Address.email == email)
    withdraw(optica.store, optica.row.id, address.id, ["marketing"], optica.now, "link")


def test_who_withdrew_after_the_backup_gets_no_offers_once_it_is_back(optica: Optica, tmp_path: Path) -> None:
    leave(optica, "anna@example.com")
    leave(optica, "borys@example.com")
    assert wanting(optica) == set()
    as_before(optica.store)
    assert wanting(optica) == {"anna@example.com", "borys@example.com"}
    assert withdraw_again(tmp_path, optica.store, optica.now) == (2, 0)
    assert wanting(optica) == set()
    assert withdraw_again(tmp_path, optica.store, optica.now) == (0, 0), "told twice, it changes nothing"


def test_who_consented_once_more_before_the_backup_still_gets_offers(optica: Optica, tmp_path: Path) -> None:
    leave(optica, "anna@example.com")
    later = {"marketing": YES["marketing"] | {"at": "2026-11-01T10:00:00Z"}}
    optica.now += 400 * 86_400_000_000
    optica.customers({"id": "anna", "email": "anna@example.com", "consent": later})
    assert withdraw_again(tmp_path, optica.store, optica.now) == (0, 0)
    assert "anna@example.com" in wanting(optica)


def test_a_stopped_rule_and_a_suppressed_mailbox_are_known_too_and_one_let_go_of_is_free(
    optica: Optica, tmp_path: Path
) -> None:
    anna, borys = (Address.get(Address.email == f"{name}@example.com").id for name in ("anna", "borys"))
    stop_rule(optica.store, optica.row.id, anna, "lens-refill", optica.now, "why page")
    suppress(optica.store, anna, HARD, optica.now)
    suppress(optica.store, borys, BY_HAND, optica.now)
    lift(optica.store, borys, "Celina", "she asked for it", optica.now, "console")
    as_before(optica.store)
    assert withdraw_again(tmp_path, optica.store, optica.now) == (1, 1)
    assert stopped_at(the_customer("anna").id, "lens-refill", optica.now) is not None
    assert [row.suppressed_reason for row in Address.select().order_by(Address.email)] == [HARD, None]


def test_the_list_names_nobody_and_is_its_owners_alone(optica: Optica, tmp_path: Path) -> None:
    leave(optica, "anna@example.com")
    suppress(optica.store, Address.get(Address.email == "borys@example.com").id, HARD, optica.now)
    text = (tmp_path / NAME).read_text("ascii")
    assert "anna" not in text
    assert "borys" not in text
    assert len(text.splitlines()) == 2
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_nothing_is_noted_of_a_withdrawal_that_is_rolled_back(optica: Optica, tmp_path: Path) -> None:
    class Stumble(Exception):
        """What breaks the transaction."""

    with pytest.raises(Stumble), optica.store.transaction():
        leave(optica, "anna@example.com")
        raise Stumble
    assert not (tmp_path / NAME).exists()


def test_a_list_that_cannot_be_written_keeps_nobody_from_withdrawing(optica: Optica, tmp_path: Path) -> None:
    optica.store.home = tmp_path / "gone"
    leave(optica, "anna@example.com")
    assert wanting(optica) == {"borys@example.com"}


def test_a_line_that_a_crash_has_cut_off_keeps_none_of_the_others_back(
    optica: Optica, tmp_path: Path
) -> None:
    leave(optica, "anna@example.com")
    as_before(optica.store)
    with (tmp_path / NAME).open("a") as file:
        file.write('{"at": 17, "custo')
    assert withdraw_again(tmp_path, optica.store, optica.now) == (1, 0)


@pytest.mark.parametrize(
    "odd", ["hello", "[]", "{}", '{"at": 1, "customer": "x"}', '{"at": "x", "mailbox": "y", "reason": null}']
)
def test_a_file_that_is_no_such_list_is_named_and_nothing_of_it_is_kept(tmp_path: Path, odd: str) -> None:
    (tmp_path / "odd").write_text(
        json.dumps({"at": 1, "customer": "c", "purpose": "marketing"}) + "\n" + odd + "\n"
    )
    with pytest.raises(
        UsageError, match=r"cannot be read as withdrawals.*name the withdrawals\.ndjson of a home"
    ):
        take_over(tmp_path, tmp_path / "odd")
    assert not (tmp_path / NAME).exists()


def test_the_list_of_another_machine_is_added(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"at": 1, "customer": "c", "purpose": "marketing"}, {"at": 2, "mailbox": "m", "reason": None},
    ]  # fmt: skip
    (tmp_path / "theirs").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / NAME).write_text(json.dumps(lines[0]) + "\n")
    assert take_over(tmp_path, tmp_path / "theirs") == 2
    assert [json.loads(line) for line in (tmp_path / NAME).read_text().splitlines()] == [lines[0], *lines]
