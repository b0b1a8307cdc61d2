"""One role in the foreground: what a machine runs of which many share one PostgreSQL, and what `serve` starts."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from engine.cli.home import Home, used_home
from engine.errors import StoreError
from engine.roles import logs
from engine.roles.stopping import follow_parent, stop_on_signals
from models.migrations import TooNew, pending

# Each is imported only by who runs it: a sender that had to load Flask would start four times slower.


def _web(args: argparse.Namespace) -> None:
    with used_home(args) as home:  # gunicorn would tell a wrong setting only from its workers
        demand_tables(home)
    from engine.roles.web import run_web

    run_web(args)


def _clock(args: argparse.Namespace) -> None:
    from engine.roles.ticking import run_ticking

    stop = stop_on_signals()
    with used_home(args) as home:
        demand_tables(home)
        run_ticking(home, stop)


def _sender(args: argparse.Namespace) -> None:
    from engine.roles.sending import run_sending

    stop = stop_on_signals()
    with used_home(args) as home:
        demand_tables(home)
        run_sending(home, stop)


def _catcher(args: argparse.Namespace) -> None:
    from engine.delivery.catcher import run_catcher

    stop = stop_on_signals()
    with used_home(args) as home:
        demand_tables(home)
        run_catcher(home.store, home.clock, home.path, stop)


ROLES: dict[str, Callable[[argparse.Namespace], None]] = {
    "web": _web, "clock": _clock, "sender": _sender, "catcher": _catcher,
}  # fmt: skip


def run_role(role: str, args: argparse.Namespace) -> None:
    """Runs one role until SIGTERM or SIGINT, or until the process that started it is gone."""
    from setproctitle import setproctitle

    follow_parent()
    logs.configure(role)
    setproctitle(f"regulars: {role}")
    ROLES[role](args)


def demand_tables(home: Home) -> None:
    """Raises StoreError where the store is not of this version, before anything is read from it wrongly."""
    try:
        missing = pending(home.store.database)
    except TooNew as error:
        raise StoreError(
            str(error), remedy="run the version of Regulars that made it, or a newer one"
        ) from error
    if missing:
        raise StoreError(
            f"the store of {home.path} lacks {', '.join(missing)}",
            remedy=f"run server.py migrate --home {home.path}",
        )
