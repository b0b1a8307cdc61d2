"""What every report and every minute asks of the store is found by an index: few mails come back, of very many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.consent import returned
from engine.consent.suppression import end_pauses, let_go_at, story
from engine.feedback import take
from engine.feedback.report import Report
from engine.reports.returned import came_back
from engine.store import Store
from engine.web.api.feedback_metrics import feedback_metrics
from tests.feedback.post import Post

ASKED: dict[str, Callable[[Post], object]] = {
    "a Message-ID": lambda post: take.message_of(post.store, Report("bounce", message_ids=("x",)), post.now),
    "a signed word": lambda post: take.message_of(post.store, Report("bounce", (post.path(post.mail_to("Anna")),)), post.now),
    "a row of soft bounces": lambda post: returned._too_often(1, post.now),
    "when it was let go": lambda post: let_go_at(1), "its story": lambda post: story(1),
    "what a crash left out": lambda post: returned.lately_refused(post.now),
    "pauses that are over": lambda post: end_pauses(post.store, post.now),
    "what came back of a mail": lambda post: came_back(1),
    "numbers for Prometheus": lambda post: list(feedback_metrics(post.now)),
}  # fmt: skip
LARGE = ("message", "address", "feedback", "suppression")


@pytest.mark.parametrize("what", ASKED)
def test_nothing_of_it_reads_a_whole_table(store: Store, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    post, asked = Post(store), list[tuple[str, Any]]()
    post.mail_to("Borys")
    original = store.database.execute_sql
    if store.postgresql:
        original("set enable_seqscan = off")

    def listening(sql: str, params: Any = None, *more: Any, **options: Any) -> Any:
        asked.append((sql, params))
        return original(sql, params, *more, **options)

    with monkeypatch.context() as here:
        here.setattr(store.database, "execute_sql", listening)
        ASKED[what](post)
    reads = [(sql, params) for sql, params in asked if sql.startswith("SELECT") and _large(sql)]
    assert reads
    for sql, params in reads:
        rows = original(f"explain {'' if store.postgresql else 'query plan '}{sql}", params).fetchall()
        plan = "\n".join(str(row) for row in rows)
        assert "Seq Scan" not in plan, plan
        assert "SCAN " not in plan or "USING COVERING INDEX" in plan or "USING INDEX" in plan, plan


def _large(sql: str) -> bool:
    return any(f'FROM "{table}"' in sql for table in LARGE)
