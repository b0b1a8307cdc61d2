"""One role in the foreground: what a machine runs of which many share one PostgreSQL, and what `serve` starts."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import structlog

from engine.cli.home import used_home
from engine.roles import logs
from engine.roles.stopping import follow_parent, stop_on_signals
from engine.tallies import TOLD_EVERY, tallies

log = structlog.get_logger()

# Each is imported only by who runs it: a sender that had to load Flask would start four times slower.


def _web(args: argparse.Namespace) -> None:
    with used_home(args):  # gunicorn would tell a wrong setting only from its workers
        pass
    from engine.roles.web import run_web

    run_web(args)


def _clock(args: argparse.Namespace) -> None:
    from engine.roles.ticking import run_ticking

    stop = stop_on_signals()
    with used_home(args) as home:
        run_ticking(home, stop)


def _sender(args: argparse.Namespace) -> None:
    from engine.roles.sending import run_sending

    stop = stop_on_signals()
    with used_home(args) as home:
        run_sending(home, stop)


def _catcher(args: argparse.Namespace) -> None:
    from engine.delivery.catcher import run_catcher

    stop = stop_on_signals()
    with used_home(args) as home:
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
    tallies.patience = TOLD_EVERY
    log.info("role_started")
    try:
        ROLES[role](args)
    finally:
        log.info("role_ended")
