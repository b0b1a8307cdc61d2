"""`server.py serve`: runs Regulars, all roles on this machine or one of them."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from engine.cli.home import Home, used_home
from engine.cli.main import ROOT
from engine.delivery.pool import PORT_FILE
from engine.errors import StoreError, UsageError
from engine.failpoint import failpoint
from engine.roles import logs
from engine.roles.alone import alone_in
from engine.roles.role import ROLES, run_role
from engine.roles.stopping import stop_on_signals
from engine.roles.supervisor import Supervisor
from models.migrations import TooNew, migrate

HELP = "run all roles on this machine, or one with --role"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `serve`."""
    parser.add_argument("--role", choices=sorted(ROLES), help="run only this one, in the foreground")
    serving_options(parser)


def serving_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the web role and the number of senders depend on."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=_port, default=os.environ.get("PORT", "8000"), help="default: $PORT, else 8000"
    )
    parser.add_argument("--workers", type=_number, default=1, help="processes that answer HTTP (default: 1)")
    parser.add_argument("--threads", type=_number, default=8, help="threads of each (default: 8)")
    parser.add_argument("--senders", type=_number, default=1, help="processes that send mail (default: 1)")


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 1 to 65535")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT."""
    if args.role:
        run_role(args.role, args)
        return 0
    logs.configure("serve")
    with used_home(args, any_version=True) as home, alone_in(home.path):
        prepare(home, args)
        serve(home, args)
    return 0


def prepare(home: Home, args: argparse.Namespace) -> None:
    """Brings the home up to date and makes sure that the port is free; raises with a remedy."""
    demand_rules(home)
    bring_up_to_date(home)
    demand_port(args.host, args.port)
    (home.path / PORT_FILE).unlink(missing_ok=True)  # of a catcher that was killed


def demand_rules(home: Home) -> None:
    """Raises UsageError where the marketer's folder is not there: a server without it would write to nobody."""
    if not home.rules.is_dir():
        raise UsageError(
            f"there is no folder {home.rules}", remedy="name the folder of the rules with --rules DIR"
        )


def bring_up_to_date(home: Home) -> None:
    """Makes the tables of this version and the shops of config.yaml, before any role asks for them."""
    from engine.intake.shops import sync_shops  # a quarter of a second that no sender needs when it starts

    try:
        migrate(home.store.database, lambda name: failpoint("migrate.step"))
    except TooNew as error:
        raise StoreError(
            str(error), remedy="run the version of Regulars that made it, or a newer one"
        ) from error
    sync_shops(home.store, home.config, home.clock.now())


def serve(home: Home, args: argparse.Namespace) -> None:
    """Runs the roles that this home needs, each as a process, until asked to stop."""
    stop = stop_on_signals()
    home.store.close()  # children open it for themselves
    Supervisor(commands(home, args)).run(stop)


def commands(home: Home, args: argparse.Namespace) -> dict[str, list[str]]:
    """Says how each role is started; the catcher only where no relay is configured."""
    same = ["--config", args.config, "--rules", args.rules, "--home", args.home]
    web = [
        "--host",
        args.host,
        "--port",
        str(args.port),
        "--workers",
        str(args.workers),
        "--threads",
        str(args.threads),
    ]
    start = [sys.executable, str(ROOT / "server.py"), "serve", *same, "--role"]
    senders = {f"sender-{n}" if n > 1 else "sender": [*start, "sender"] for n in range(1, args.senders + 1)}
    catcher = {} if home.config.relay.host else {"catcher": [*start, "catcher"]}
    return {"web": [*start, "web", *web], **catcher, "clock": [*start, "clock"], **senders}


def demand_port(host: str, port: int) -> None:
    """Raises UsageError where somebody else listens already: gunicorn would only try again and again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"name another with --port or PORT={port + 1}"
            raise UsageError(
                f"{host}:{port} cannot be listened on: {error.strerror}", remedy=remedy
            ) from error
