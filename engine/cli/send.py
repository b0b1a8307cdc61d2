"""`server.py send`: sends everything that can go now, once, and says what became of it."""

from __future__ import annotations

import argparse
import json
import socket
from contextlib import ExitStack
from typing import cast

from engine.cli.home import Home, used_home
from engine.cli.waits import waited
from engine.delivery.catcher import Catcher
from engine.delivery.mailroom import sender_of_tests
from engine.delivery.pool import PORT_FILE, Pool
from engine.delivery.sender import Sender, SenderHome, Sent
from engine.delivery.templates import Templates
from engine.delivery.workers import take_back, worker_name
from engine.outbox.claim import left_by_pace
from engine.outbox.recover import expire
from engine.roles.sending import OpeningHours
from models import Message

HELP = "send everything that can go now, then stop"
PATIENCE_SECONDS = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Takes no options of its own."""


def run(args: argparse.Namespace) -> int:
    """Sends and prints how many mails went, wait or did not go; 1 where the relay could not be reached."""
    with used_home(args) as home:
        sent = _send(home)
        paced = left_by_pace(home.clock.now())
    words = (
        ", ".join(f"{number} {outcome}" for outcome, number in sorted(sent.counts.items()))
        or "nothing to send"
    )
    words += f"; {paced} more may go when their providers' pace lets them" if paced else ""
    print(json.dumps(sent.counts, sort_keys=True) if args.json else words)
    return 1 if sent.relay_away else 0


def _send(home: Home) -> Sent:
    me = worker_name()
    with ExitStack() as stack:
        pool = Pool(home.config.relay, home.path, catcher_port(home, stack))
        stack.callback(pool.close)
        take_back(home.store, home.clock.now(), me)
        expire(home.store, home.clock.now())
        templates, hours = Templates(home.templates / "email"), OpeningHours(home)
        sent = Sender(
            home.store, home.config, templates, pool, home.clock, me, hours, key=home.key
        ).send_due()
        for outcome, number in (
            sender_of_tests(cast(SenderHome, home), me, templates).send_due().counts.items()
        ):
            sent.add(outcome, number)
        waited(_nobody_sends, PATIENCE_SECONDS)
        return sent


def _nobody_sends() -> bool:
    """Says whether no other sender has a mail in its hands: what it took before us is on its way, not gone yet."""
    return not Message.select(Message.id).where(Message.state.in_(("claimed", "sending"))).exists()


def _answers(home: Home) -> bool:
    """Says whether the catcher that this home names is alive: a killed one leaves its port behind."""
    file = home.path / PORT_FILE
    try:
        with socket.create_connection(("127.0.0.1", int(file.read_text("ascii"))), timeout=2):
            return True
    except (OSError, ValueError):
        return False


def catcher_port(home: Home, stack: ExitStack) -> int | None:
    """Starts a catcher for this round where no relay is configured and none is running: real SMTP all the same."""
    if home.config.relay.host or _answers(home):
        return None
    return stack.enter_context(Catcher(home.store, home.clock)).port
