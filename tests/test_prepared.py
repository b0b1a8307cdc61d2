"""Prepared statements: their text is made once, and what one run gives never reaches another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from peewee import Node

from engine import prepared as module
from engine.prepared import Kept, Slot, prepared
from engine.store import Store
from models import Shop


@pytest.fixture(autouse=True)
def shops(store: Store) -> None:
    for key in ("anna", "borys", "celina"):
        Shop.create(
            key=key, name=key.title(), timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
        )


def named(keys: Any) -> Node:
    return Shop.select(Shop.key).where(Shop.key.in_(keys)).order_by(Shop.key)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Node]:
    """Returns a list that grows by each query that is compiled."""
    found: list[Node] = []
    compiled: Callable[[Node], Any] = module.compiled
    monkeypatch.setattr(module, "compiled", lambda query: found.append(query) or compiled(query))
    return found


def test_each_run_asks_for_its_own_value_and_the_text_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    one = prepared(lambda key: Shop.select(Shop.name).where(Shop.key == key))
    assert [one("anna"), one("borys"), one("nobody")] == [[("Anna",)], [("Borys",)], []]
    assert len(made) == 1


def test_lists_of_like_length_share_a_text_and_repeat_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    some = prepared(named)
    assert some(["celina", "anna", "borys"]) == [("anna",), ("borys",), ("celina",)]
    assert some(["celina", "anna", "nobody", "borys"]) == [("anna",), ("borys",), ("celina",)]
    assert some(["borys"]) == [("borys",)]
    assert len(made) == 2


def test_what_is_written_is_written_and_returns_nothing(store: Store) -> None:
    rename = prepared(lambda key, name: Shop.update(name=name).where(Shop.key == key))
    with store.transaction():
        assert rename("anna", "Ania") == []
    assert Shop.get(Shop.key == "anna").name == "Ania"


def test_a_query_that_would_compute_with_a_slot_is_not_kept() -> None:
    def adding() -> Node:
        length: Any = Slot(lambda given: given)
        return Shop.select(Shop.key).where(Shop.key == "a" * (length + 1))

    assert Kept().get("adding", adding) is None


@pytest.mark.parametrize(
    "compute", [bool, int, lambda slot: slot == 1, lambda slot: slot > 1, lambda slot: slot + 1, hash]
)
def test_a_slot_tells_nothing_before_the_run(compute: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        compute(Slot(lambda given: given))


def test_the_oldest_text_goes_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    made, kept = counted(monkeypatch), Kept()
    for key in ("anna", "borys", "celina", "celina", "anna"):
        statement = kept.get(key, lambda: named([Slot(lambda given: given)]))
        assert statement is not None
        assert statement.run(key) == [(key,)]
    assert len(made) == 4
