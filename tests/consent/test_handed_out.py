"""Files for the operator to hand over: they go with whom they are of, and by themselves after a month."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.clock import DAY
from engine.consent.forgotten import forget
from engine.consent.handed_out import DAYS, FOLDER, file_for, throw_away_old
from engine.reports.everything import write_export
from engine.roles.housekeeping import throw_away
from engine.store import Store
from models import Act, Customer, Order
from tests.intake.optica import NOW, Optica, order, the_customer


@pytest.fixture
def optica(store: Store) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store)
    optica.customers(*({"id": name, "email": f"{name}@example.com"} for name in ("anna", "borys")))
    return optica


def hand_out(optica: Optica, home: Path, who: Customer, now: int = NOW) -> str:
    file = file_for(home, optica.store, who, now)
    write_export(file, who, now)
    return file.name


def there(home: Path) -> set[str]:
    return {file.name for file in (home / FOLDER).iterdir()}


def test_annas_files_go_with_her_and_those_of_borys_and_of_the_operator_stay(
    optica: Optica, tmp_path: Path
) -> None:
    for now in (NOW, NOW + 1):
        hand_out(optica, tmp_path, the_customer("anna"), now)
    his = hand_out(optica, tmp_path, the_customer("borys"))
    (tmp_path / FOLDER / "letter to anna.json").write_text("{}")
    forget(tmp_path, optica.store, the_customer("anna"), NOW, "ola", "command")
    assert there(tmp_path) == {his, "letter to anna.json"}
    assert [(act.author, act.act, act.what, act.channel) for act in Act.select()] == [
        ("ola", "erase", "optica", "command")
    ]


def test_a_guests_file_goes_with_the_customer_whom_the_guest_turned_out_to_be(
    optica: Optica, tmp_path: Path
) -> None:
    optica.orders(order("O-1", customer={"email": "celina@example.com"}))
    name = hand_out(optica, tmp_path, Order.get().customer)
    assert "celina" not in name
    optica.customers({"id": "celina", "email": "Celina@example.com"})
    forget(tmp_path, optica.store, the_customer("celina"), NOW, "ola", "command")
    assert there(tmp_path) == set()


def test_the_clock_throws_a_file_away_after_a_month_and_not_before(optica: Optica, tmp_path: Path) -> None:
    old = hand_out(optica, tmp_path, the_customer("anna"), NOW - DAYS * DAY - 1)
    young = hand_out(optica, tmp_path, the_customer("anna"), NOW - DAYS * DAY)
    home: Any = SimpleNamespace(
        store=optica.store, config=optica.config, clock=SimpleNamespace(now=lambda: NOW), path=tmp_path
    )
    assert there(tmp_path) == {old, young}
    throw_away(home)
    assert there(tmp_path) == {young}
    assert throw_away_old(tmp_path / "nothing was ever asked", NOW) == 0
