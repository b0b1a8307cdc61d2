"""`server.py doctor`: looks at everything that mail depends on, and says what to do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlsplit

from engine.cli.home import Home, used_home
from engine.clock import Clock
from engine.config import Config
from engine.doctor.finding import Finding, ok
from engine.doctor.home import home as look_at_home
from engine.doctor.relay import relay
from engine.doctor.store import store, version
from engine.doctor.work import work

HELP = "look at configuration, disk, database, relay, rules and mail, and say what to do"


def configure(parser: argparse.ArgumentParser) -> None:
    """Has no options of its own."""


def run(args: argparse.Namespace) -> int:
    """Prints every finding; returns 1 where something is wrong."""
    with used_home(args, any_version=True) as home:
        found = list(_looked(home))
    wrong = [finding for finding in found if finding.level == "problem"]
    print(
        json.dumps([asdict(each) for each in found], ensure_ascii=False)
        if args.json
        else "\n".join(map(str, found))
    )
    return 1 if wrong else 0


def _looked(home: Home) -> Iterator[Finding]:
    yield from _config(home.config)
    yield from look_at_home(home.path)
    yield from relay(home.config, Clock().now())
    if unusable := version(home.store):
        yield unusable
        return
    yield from store(home.store, Clock().now)
    yield from work(home.config, home.rules, home.templates, home.clock.now())


def _config(config: Config) -> Iterator[Finding]:
    """Looks at what customers' links say, which nobody sees until somebody clicks."""
    url = urlsplit(config.public_url)
    local = url.hostname in ("127.0.0.1", "localhost", "::1")
    if config.relay.host and local:
        yield Finding(
            "problem",
            "config",
            f"links in mails lead to {config.public_url}",
            "set public_url to what customers reach",
        )
    elif config.relay.host and url.scheme != "https":
        said = f"public_url is {config.public_url}: mailbox providers offer one-click unsubscribing over https alone"
        yield Finding("problem", "config", said, "serve it over https and say so in public_url")
    else:
        yield ok("config", f"{len(config.shops)} shop(s), links lead to {config.public_url}")
