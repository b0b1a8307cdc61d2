"""What is done after a commit is done once, in order, and not at all after a rollback."""

from __future__ import annotations

import pytest

from engine.afterwards import after_commit
from engine.store import Store, open_store
from models import Setting


def test_what_is_asked_for_inside_waits_for_the_commit_and_outside_happens_at_once(store: Store) -> None:
    done: list[object] = []
    with store.transaction():
        Setting.create(name="a", value=1)
        after_commit(lambda: done.append(Setting.select().count()))
        with store.transaction():
            after_commit(lambda: done.append("inner"))
        assert done == []
    assert done == [1, "inner"]
    after_commit(lambda: done.append("at once"))
    assert done[-1] == "at once"


def test_what_is_rolled_back_has_no_afterwards(store: Store) -> None:
    done: list[str] = []
    with pytest.raises(ZeroDivisionError), store.transaction():
        after_commit(lambda: done.append("lost"))
        raise ZeroDivisionError
    with store.transaction():
        after_commit(lambda: done.append("kept"))
        with pytest.raises(ZeroDivisionError), store.transaction():
            after_commit(lambda: done.append("lost too"))
            raise ZeroDivisionError
    assert done == ["kept"]


def test_another_stores_transaction_inside_has_its_own(store: Store) -> None:
    done: list[str] = []
    other = open_store("sqlite://:memory:").create()
    with store.transaction():
        after_commit(lambda: done.append("outer"))
        with other.use(), other.transaction():
            after_commit(lambda: done.append("inner"))
        assert done == ["inner"]
    other.close()
    assert done == ["inner", "outer"]
