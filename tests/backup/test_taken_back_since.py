"""What was said after a backup holds once it is brought back, also of whoever the backup knows by less than we did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.backup.restore import Restored, restore
from engine.clock import DAY
from engine.consent.erasures import NAME
from engine.consent.forgotten import forget
from engine.consent.standing import Wish, standings
from engine.consent.wishes import Said, object_to_profiling, pause_until, wish_fewer
from engine.store import Store
from models import Address, Customer
from tests.backup.test_backup import contents, empty, taken
from tests.intake.optica import Optica, order, the_customer

__all__ = ["empty"]
YES = {"newsletter": {"granted": True, "at": "2026-02-01T10:00:00Z", "source": "checkout", "wording": "Yes"}}


@pytest.fixture
def optica(store: Store, tmp_path: Path) -> Optica:
    """Two guests and Celina, who has an id."""
    store.secret, store.home = b"the key of this home", tmp_path
    optica = Optica(store)
    optica.orders(
        order("1", customer={"email": "guest.one@example.com", "first_name": "Anna", "consent": YES}),
        order("2", customer={"email": "guest.two@example.com", "consent": YES}),
        order("3", customer={"id": "celina", "email": "celina@example.com", "consent": YES}),
    )
    return optica


def register(optica: Optica, **by_mailbox: str) -> None:
    """The shop gives guests an id with their next order."""
    for name, mailbox in by_mailbox.items():
        optica.orders(order(f"next-{name}", customer={"id": name, "email": mailbox}))


def erased(optica: Optica, name: str) -> None:
    forget(optica.store.home, optica.store, the_customer(name), optica.now, "Celina", "command")


def says_no(optica: Optica, name: str) -> None:
    optica.consents(
        {"customer": name, "purpose": "newsletter", "granted": False, "at": "2026-05-30T10:00:00Z"}
    )


def back(optica: Optica, empty: Store, tmp_path: Path, file: Path) -> Restored:
    done = restore(empty, tmp_path, file, optica.now + 1, [])
    empty.home = tmp_path
    return done


def the_guest(email: str) -> Customer:
    return Customer.get(Customer.email == email)


def said_by(customer: Customer, now: int) -> Any:
    return standings([customer.id], now)[customer.id]


def test_a_guest_who_got_an_id_and_was_erased_is_not_back(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    file = taken(optica, tmp_path)
    register(optica, reg1="guest.one@example.com")
    erased(optica, "reg1")
    with empty.use():
        assert back(optica, empty, tmp_path, file).erased == 1
        assert "guest.one" not in json.dumps(contents(), default=str)
        assert the_guest("guest.two@example.com").address.suppressed_at is None
        again = Optica(empty)
        again.orders(order("4", customer={"id": "reg1", "email": "guest.one@example.com"}))
        assert the_customer("reg1").address.suppressed_reason == "erased"
    empty.close()


def test_a_guest_who_got_an_id_and_another_mailbox_and_withdrew_gets_no_newsletter(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    file = taken(optica, tmp_path)
    register(optica, reg1="guest.one@example.com", reg2="guest.two@example.com")
    optica.customers({"id": "reg1", "email": "another.mailbox@example.com"})
    for name in ("reg1", "reg2"):
        says_no(optica, name)
    with empty.use():
        assert back(optica, empty, tmp_path, file).withdrawn == 2
        for guest in ("guest.one@example.com", "guest.two@example.com"):
            assert "newsletter" not in said_by(the_guest(guest), optica.now + 2).consents
        assert "newsletter" in said_by(the_customer("celina"), optica.now + 2).consents
    empty.close()


def test_former_mailboxes_and_those_that_the_backup_does_not_know_stay_suppressed(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    file = taken(optica, tmp_path)
    register(optica, reg1="guest.one@example.com")
    optica.customers({"id": "reg1", "email": "later@example.com"})
    register(optica, fresh="never.seen@example.com")
    for name in ("reg1", "fresh"):
        erased(optica, name)
    with empty.use():
        assert back(optica, empty, tmp_path, file).erased == 1
        again = Optica(empty)
        for number, name in enumerate(("guest.one", "later", "never.seen")):
            again.orders(order(f"again-{number}", customer={"id": name, "email": f"{name}@example.com"}))
            assert the_customer(name).address.suppressed_reason == "erased"
    empty.close()


def test_a_mailbox_that_somebody_else_had_when_the_backup_was_made_is_suppressed_and_they_stay(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    file = taken(optica, tmp_path)
    optica.customers({"id": "celina", "email": "elsewhere@example.com"})
    register(optica, reg1="celina@example.com")
    erased(optica, "reg1")
    with empty.use():
        assert back(optica, empty, tmp_path, file).erased == 0
        assert the_customer("celina").address.suppressed_reason == "erased"
    empty.close()


def test_a_pause_a_wish_and_an_objection_hold_and_one_taken_back_does_not(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    pause_until(
        optica.store,
        Said(optica.row.id, "page", customer_id=the_customer("celina").id),
        optica.now + 30 * DAY,
        optica.now - DAY,
    )
    file = taken(optica, tmp_path)
    register(optica, reg1="guest.one@example.com")
    anna = Said(optica.row.id, "page", customer_id=the_customer("reg1").id)
    pause_until(optica.store, anna, optica.now + 9 * DAY, optica.now)
    wish_fewer(optica.store, anna, Wish(1, 7 * 1440), optica.now)
    object_to_profiling(optica.store, anna, optica.now)
    pause_until(
        optica.store, Said(optica.row.id, "page", customer_id=the_customer("celina").id), None, optica.now
    )
    with empty.use():
        assert back(optica, empty, tmp_path, file).withdrawn == 2
        said = said_by(the_guest("guest.one@example.com"), optica.now + 2)
        assert (said.paused_until_at, said.wish, said.objects) == (
            optica.now + 9 * DAY,
            Wish(1, 7 * 1440),
            True,
        )
        assert said_by(the_customer("celina"), optica.now + 2).paused_until_at is None
    empty.close()


def test_lists_from_before_with_one_digest_each_are_read(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    file = taken(optica, tmp_path)
    says_no(optica, "celina")
    erased(optica, "celina")
    for name in (NAME, "withdrawals.ndjson"):
        lines = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        bare = [{key: line[key] for key in ("at", "customer", "purpose") if key in line} for line in lines]
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in bare if "customer" in line))
    with empty.use():
        assert back(optica, empty, tmp_path, file).erased == 1
        assert Address.select().where(Address.email == "celina@example.com").count() == 0
    empty.close()
