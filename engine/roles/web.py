"""The role that answers over HTTP: gunicorn with the application of engine/web."""

from __future__ import annotations

import argparse
import hashlib
import hmac
import logging
import threading
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from engine.cli.home import open_home
from engine.store import Store
from engine.tallies import TOLD_EVERY, tallies
from engine.wake import CLOCK, wake
from engine.web.api.limiting import METER
from engine.web.api.meter import Meter
from engine.web.app import create_app


class PlainLogger(Logger):  # type: ignore[misc]
    """Leaves the writing of log lines to engine/roles/logs.py, as all roles do."""

    def setup(self, cfg: Any) -> None:
        """Sets the level and no handlers; answers are counted at /metrics, not logged with addresses."""
        self.cfg = cfg
        self.error_log.setLevel(logging.INFO)
        self.access_log.setLevel(logging.CRITICAL)


class Served(BaseApplication):  # type: ignore[misc]
    """gunicorn over one home; each worker opens the store for itself, after the fork."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        super().__init__()

    def load_config(self) -> None:
        """Says how to serve; whatever is not named here is gunicorn's own default."""
        settings = {
            "bind": f"{self.args.host}:{self.args.port}", "workers": self.args.workers, "worker_class": "gthread",
            "threads": self.args.threads, "timeout": 120, "graceful_timeout": 20, "keepalive": 30,
            "proc_name": "regulars: web", "logger_class": PlainLogger, "control_socket_disable": True,
            "forwarded_allow_ips": "",  # engine/web/proxies.py believes whom config.yaml names
        }  # fmt: skip
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Makes the application that one worker serves."""
        return app_of(self.args)


def app_of(args: argparse.Namespace) -> Flask:
    """Opens a home and returns the application over it, which wakes the clock when it has learned something."""
    home = open_home(args)
    home.store.serve_by_default()
    secret = hmac.new(home.key, b"sessions", hashlib.sha256).hexdigest()
    app = create_app(home.config, home.store, home.clock, SECRET_KEY=secret)
    app.extensions["home"] = home
    app.extensions[METER] = meter_of(home.path / "limits.meter")
    app.extensions["wake"] = lambda: wake(home.path, CLOCK)
    threading.Thread(target=_write_tallies, args=(home.store,), name="tallies", daemon=True).start()
    return app


def meter_of(file: Path) -> Meter:
    """Returns the meter that all web processes of the home share; where its file cannot be had, this process's own."""
    try:
        return Meter(file)
    except OSError as error:
        structlog.get_logger().error("limits_not_shared", file=str(file), error=str(error))
        return Meter()


def _write_tallies(store: Store) -> None:
    """Writes what this process counts beside its requests: none of them may wait for the write lock because of it."""
    pause = threading.Event()
    while not pause.wait(TOLD_EVERY):
        with store.use(reachable=False):
            tallies.write(store, at_once=True)


def run_web(args: argparse.Namespace) -> None:
    """Serves until SIGTERM; requests that have begun are finished."""
    Served(args).run()
