"""What the policy asks of the outbox is looked up by address, however many mails were ever sent."""

from __future__ import annotations

from typing import Any

import pytest

from engine.policy.history import _counted_since
from engine.store import Store


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_mails_that_caps_count_are_looked_up_by_address(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hundreds of addresses SQLite would rather read all mails in a state that counts: that is all of them."""
    asked: list[tuple[str, Any]] = []
    original = store.database.execute_sql

    def listening(sql: str, params: Any = None, *more: Any, **options: Any) -> Any:
        asked.append((sql, params))
        return original(sql, params, *more, **options)

    monkeypatch.setattr(store.database, "execute_sql", listening)
    _counted_since(list(range(1, 401)), 0)
    ((sql, params),) = asked
    plan = [row[-1] for row in original(f"explain query plan {sql}", params).fetchall()]
    assert [step for step in plan if "message_address_id_counted_at" in step], plan
