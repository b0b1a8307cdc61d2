"""`server.py doctor`: looks at everything that mail depends on, and says what to do."""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtplib import SMTPException

from engine.cli.home import Home, used_home
from engine.clock import Clock
from engine.config import Config
from engine.doctor.answers import Answers, asked, given
from engine.doctor.clock import clock
from engine.doctor.domains import domains
from engine.doctor.feedback import feedback
from engine.doctor.finding import Finding, ok
from engine.doctor.home import home as look_at_home
from engine.doctor.ledger import ledger
from engine.doctor.probe import probe
from engine.doctor.received import read
from engine.doctor.relay import relay
from engine.doctor.sent import send_probe
from engine.doctor.store import store, version
from engine.doctor.work import work
from engine.errors import StoreError, UsageError

HELP = "look at configuration, disk, database, relay, DNS, rules and mail, and say what to do"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds how it speaks, where DNS answers come from, and the probe."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="json is the same as --json"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--dns", type=Path, metavar="FILE", help="judge by these DNS answers, written as dig prints them"
    )
    source.add_argument(
        "--nameserver", metavar="ADDRESS[:PORT]", help="ask this name server, not the machine's own"
    )
    parser.add_argument(
        "--probe",
        metavar="FILE",
        help="judge a mail of ours as it arrived in a mailbox; - reads it from stdin",
    )
    parser.add_argument(
        "--sent-from",
        type=_address,
        metavar="ADDRESS",
        help="the relay's address, where the probe does not tell",
    )
    parser.add_argument(
        "--send-probe", metavar="TO", help="only send a mail that can be judged when it has arrived"
    )
    parser.add_argument("--shop", metavar="KEY", help="of which shop the probe is; default: the first")


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no IP address") from None


def run(args: argparse.Namespace) -> int:
    """Prints every finding; returns 1 where something is wrong."""
    mail = _read(args.probe) if args.probe else None
    answers = given(args.dns) if args.dns else None
    with used_home(args, any_version=True) as home:
        found = [_sent(home, args)] if args.send_probe else list(_looked(home, args, answers, mail))
    wrong = [finding for finding in found if finding.level == "problem"]
    as_json = args.json or args.format == "json"
    print(
        json.dumps([asdict(each) for each in found], ensure_ascii=False)
        if as_json
        else "\n".join(map(str, found))
    )
    return 1 if wrong else 0


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}", remedy="name the mail that you saved"
        ) from error


def _sent(home: Home, args: argparse.Namespace) -> Finding:
    shop = home.config.shop(args.shop) if args.shop else home.config.shops[0]
    try:
        reply = send_probe(home.config, home.path, shop, args.send_probe, Clock().now())
    except (OSError, SMTPException, ValueError) as error:
        raise StoreError(
            f"the probe was not sent: {error}", remedy="server.py doctor says more of the relay"
        ) from error
    return ok(
        "probe",
        f"the relay took it ({reply}); save what arrives with all its headers, then: doctor --probe FILE",
    )


def _looked(
    home: Home, args: argparse.Namespace, answers: Answers | None, mail: bytes | None
) -> Iterator[Finding]:
    yield from _config(home.config)
    yield from look_at_home(home.path)
    yield from clock()
    yield from relay(home.config, Clock().now())
    yield from _dns(home.config, args, answers, mail)
    if unusable := version(home.store):
        yield unusable
        return
    yield from store(home.store, Clock().now)
    yield from ledger(home.store)
    yield from feedback(home.config, home.clock.now())
    yield from work(home.config, home.rules, home.templates, home.clock.now())


def _dns(
    config: Config, args: argparse.Namespace, answers: Answers | None, mail: bytes | None
) -> Iterator[Finding]:
    """Looks at the DNS where mail leaves this machine, or where somebody wants it looked at."""
    if not (config.relay.host or answers or args.nameserver or mail):
        return
    answers = answers or asked(args.nameserver)
    yield from domains(config, answers, args.dns is not None or args.nameserver is not None, mail is not None)
    if mail is not None:
        yield from probe(read(mail), answers, args.sent_from)


def _config(config: Config) -> Iterator[Finding]:
    """Looks at what customers' links say, which nobody sees until somebody clicks."""
    url = urlsplit(config.public_url)
    local = url.hostname in ("127.0.0.1", "localhost", "::1")
    if config.relay.host and local:
        said = f"links in mails lead to {config.public_url}"
        yield Finding("problem", "config", said, "public_url: https://the.name.customers.reach")
    elif config.relay.host and url.scheme != "https":
        said = f"public_url is {config.public_url}: mailbox providers offer one-click unsubscribing over https alone"
        yield Finding(
            "problem",
            "config",
            said,
            f"serve it over https, and write public_url: https://{url.netloc}{url.path}",
        )
    else:
        yield ok("config", f"{len(config.shops)} shop(s), links lead to {config.public_url}")
