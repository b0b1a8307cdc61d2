"""Who sends: the name of this process, and which of the others are gone."""

from __future__ import annotations

import os
import socket

from engine.outbox.recover import holders, recover
from engine.store import Store


def worker_name() -> str:
    """Names this process so that another on this machine can tell whether it still lives."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


EXPRESS, TESTING = "/orders", "/test"


def express_name(worker: str) -> str:
    """Names the part of a process that sends only mail about orders: whoever has a claim must have a name of their own."""
    return _part(worker, EXPRESS)


def name_of_tests(worker: str) -> str:
    """Names the part of a process that brings mail of test mode to the mailbox."""
    return _part(worker, TESTING)


def _part(worker: str, part: str) -> str:
    host, _, pid = worker.rpartition(":")
    return f"{host}{part}:{pid}"


def take_back(store: Store, now: int, me: str | None = None) -> int:
    """Recovers what dead workers held: those whose lease ran out, and at once those of this machine that are gone."""
    return recover(store, now, [name for name in holders() if _process(name) == me or _is_gone(name)])


def _process(worker: str) -> str:
    return worker.replace(f"{EXPRESS}:", ":").replace(f"{TESTING}:", ":")


def _is_gone(worker: str) -> bool:
    host, _, pid = _process(worker).rpartition(":")
    if host != socket.gethostname()[:40] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
