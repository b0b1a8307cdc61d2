"""A sender that is killed in the midst of its work: no offer twice, no order mail lost, at most twenty unknown."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from models import Message
from tests.delivery.sink import Sink
from tests.outbox.shop import Optician, states

ROOT = Path(__file__).parents[2]
MAILS = 30  # of each kind


def _start(database: str, sink: Sink) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.delivery.one_sender", database, str(sink.port)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("killed_after", [1, 27])
def test_killed_while_sending_nothing_is_doubled_that_must_not_be_and_nothing_lost(
    optician: Optician, database_url: str, killed_after: int
) -> None:
    optician.queue_for(*(f"Anna{n}" for n in range(MAILS)))
    optician.queue_for(*(f"Borys{n}" for n in range(MAILS)), purpose="transactional")
    with Sink() as sink:
        process = _start(database_url, sink)

        def kill() -> None:
            if len(sink.accepted) == killed_after:
                os.kill(process.pid, signal.SIGKILL)

        sink.on_end = kill
        assert process.wait(60) == -signal.SIGKILL
        sink.on_end = lambda: None
        assert states().count("sending") <= 20
        assert _start(database_url, sink).wait(60) == 0
        arrived = Counter(
            str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"])
            for raw in sink.accepted
        )
    after = {row.message_id: (row.purpose, row.state) for row in Message.select()}
    offers = [(arrived[key], state) for key, (purpose, state) in after.items() if purpose == "marketing"]
    thanks = [arrived[key] for key, (purpose, _) in after.items() if purpose == "transactional"]
    assert min(thanks) >= 1
    assert max(count for count, _ in offers) <= 1
    assert sum(state == "unknown" for _, state in offers) <= 20
    assert all(count == 1 for count, state in offers if state == "sent")
    assert {state for _, (_, state) in after.items()} <= {"sent", "unknown"}
