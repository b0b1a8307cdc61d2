"""A PostgreSQL of one's own for the length of a long run."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests import postgresql
from tests.stores import fresh_database, make_tables


@contextmanager
def postgresql_databases(count: int) -> Iterator[list[str]]:
    """Gives the addresses of so many fresh databases with all tables; none starts no server."""
    with ExitStack() as stack:
        if not count:
            yield []
            return
        folder = Path(tempfile.mkdtemp(prefix="regulars-reference-"))
        lock = stack.enter_context((folder / "session.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever keeps the server watches this lock
        server = postgresql.shared_url(folder)
        urls = [stack.enter_context(fresh_database(server, "template0")) for _ in range(count)]
        for url in urls:
            make_tables(url)
        yield urls
