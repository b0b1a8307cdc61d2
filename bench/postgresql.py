"""A PostgreSQL of the bench's own, kept in var/bench, so that its ten million lines are loaded once."""

from __future__ import annotations

import os
import pwd
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from bench.shape import Size
from bench.store import HOME, VERSION, fill_postgresql
from engine.store import Store, open_store
from models.migrations import migrate
from tests.postgresql import as_account, free_port, make_cluster

PASSWORD = "bench"  # it listens on this machine alone, and only while the bench runs
OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "maintenance_work_mem": "512MB", "work_mem": "32MB",
           "listen_addresses": "127.0.0.1", "timezone": "UTC", "logging_collector": "off", "jit": "off",
           "log_min_messages": "fatal"}  # fmt: skip


@contextmanager
def running() -> Iterator[str]:
    """Gives the address, without a database's name, of a PostgreSQL that runs until the bench is over."""
    account = None if os.geteuid() else pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
    HOME.mkdir(parents=True, exist_ok=True)
    home = (HOME / "postgresql").absolute()
    if not (home / "data" / "PG_VERSION").exists():
        make_cluster(home, PASSWORD, account)
    port = free_port()
    options = [f"--{name}={value}" for name, value in {**OPTIONS, "port": str(port)}.items()]
    options.append(f"--unix_socket_directories={home / 'data'}")
    server = as_account([str(home / "install/bin/postgres"), "-D", str(home / "data"), *options], account)
    try:
        yield _answering(f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def _answering(url: str) -> str:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
            return url
        time.sleep(0.1)
    raise SystemExit("PostgreSQL does not answer")


def postgresql_store(url: str, size: Size) -> Store:
    """Returns the PostgreSQL store of a size, filled now if it is not there."""
    name, done = f"bench_{size.customers}_{VERSION}", HOME / f"postgresql-{size.customers}-{VERSION}.done"
    if not done.exists():
        print(f"making {name} in PostgreSQL (once)", flush=True)
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}"')
            connection.execute(f'create database "{name}" template template0')
        fill_postgresql(f"{url}/{name}", size).close()
        with psycopg.connect(f"{url}/{name}", autocommit=True) as connection:
            connection.execute("vacuum analyze")
        done.touch()
    store = open_store(f"{url}/{name}")
    with store.use():
        migrate(store.database)
    return store


def fresh_database(url: str, name: str) -> str:
    """Returns the address of a new and empty database."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}" template template0')
    return f"{url}/{name}"
