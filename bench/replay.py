"""Replays half a year of a grocer's real tills through a whole instance, and counts what was due, sent, held and refused.

    python -m bench.replay [--until 2017-06-30] [--every MINUTES]

The instance is the real one: `migrate --stepped`, the web role of `serve`, orders over HTTP. Its clock is stepped through
each day; after each step the baskets of the minutes before are pushed, every missed minute is ticked, and what can go is
sent over SMTP to the catcher. The rules are the shipped ones and bench/replay_rules/, the policy is the shipped one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.tills import FIRST_DAY, LAST_DAY, baskets, customer
from engine import calendar
from engine.cli.home import Home, open_home
from engine.clock import MINUTE, SECOND, SteppedClock
from engine.delivery.catcher import Catcher
from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.live import Live
from engine.outbox.recover import expire
from models import Caught, Change, Decision, Hold, Message
from tests.postgresql import free_port

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "var" / "replay"
ZONE = "America/New_York"
ARGS = [
    "--config",
    str(ROOT / "bench" / "replay.yaml"),
    "--rules",
    str(HERE / "rules"),
    "--home",
    str(HERE / "home"),
]


class Replay:
    """One instance, its web role, and what has been counted so far."""

    def __init__(self, home: Home, url: str, key: str) -> None:
        self.home, self.url, self.key = home, url, key
        self.live = Live(home)
        self.counts: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()

    def post(self, resource: str, items: list[dict[str, Any]]) -> None:
        """Pushes items over HTTP and counts those that the shop's own books make impossible."""
        began = time.perf_counter()
        body = "".join(json.dumps(item) + "\n" for item in items).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/x-ndjson"}
        request = urllib.request.Request(f"{self.url}/api/v1/{resource}", body, headers)
        with urllib.request.urlopen(request, timeout=300) as answer:
            for line in answer.read().decode().splitlines():
                result = json.loads(line)
                self.counts[f"{resource} {result['status']}"] += 1
                if result["status"] == "refused":
                    self.counts[f"  {result['errors'][0]}"] += 1
        self.seconds["intake"] += time.perf_counter() - began

    def step(self, at: int) -> None:
        """Moves the clock and goes through the minutes up to it."""
        began = time.perf_counter()
        clock = self.home.clock
        assert isinstance(clock, SteppedClock)
        clock.step_to(at)
        for done in self.live.tick_all(at).values():
            self.counts["due"] += done.due
            self.counts["mails decided"] += done.messages
        self.seconds["ticks"] += time.perf_counter() - began

    def send(self, sender: Sender) -> None:
        """Sends what can go now, and throws away what the catcher has kept, which would be gigabytes."""
        began = time.perf_counter()
        if Message.select(Message.id).where(Message.state == "queued").first() is None:
            return
        expire(self.home.store, self.home.clock.now())
        for outcome, number in sender.send_due().counts.items():
            self.counts[f"mail {outcome}"] += number
        Caught.delete().execute()
        self.seconds["sending"] += time.perf_counter() - began


@contextmanager
def instance() -> Iterator[Replay]:
    """Makes a home with a stepped clock and serves its web role."""
    shutil.rmtree(HERE, ignore_errors=True)
    shutil.copytree(ROOT / "rules", HERE / "rules", ignore=shutil.ignore_patterns("tests"))
    shutil.copytree(ROOT / "bench" / "replay_rules", HERE / "rules", dirs_exist_ok=True)
    server("migrate", "--stepped", "--at", "2016-12-31T22:00")
    key = json.loads(server("keys", "create", "--name", "replay", "--json"))["key"]
    port = free_port()
    command = [sys.executable, str(ROOT / "server.py"), "serve", *ARGS, "--role", "web", "--port", str(port)]
    with (HERE / "web.log").open("w") as log:
        web = subprocess.Popen(command, stdout=log, stderr=log)
    home = open_home(argparse.Namespace(config=ARGS[1], rules=ARGS[3], home=ARGS[5]))
    try:
        with home.store.use():
            wait_for(f"http://127.0.0.1:{port}/health", web)
            yield Replay(home, f"http://127.0.0.1:{port}", key)
    finally:
        web.terminate()
        web.wait(30)
        home.store.close()


def server(*words: str) -> str:
    """Runs a command of the instance and returns what it prints."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "server.py"), *words, *ARGS], capture_output=True, text=True, check=False
    )
    if found.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: {found.stderr}")
    return found.stdout


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until the web role answers."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=30).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit(f"the web role does not answer; {HERE / 'web.log'} says why")


def play(replay: Replay, until: date, every: int) -> None:
    """Goes from day to day, a step of so many minutes at a time."""
    orders = list(baskets(until))
    replay.live.prepare(replay.home.clock.now())
    households = sorted({order["customer"]["id"] for order in orders})
    replay.post("customers", [customer(one) for one in households])
    Change.delete().execute()  # that they are known is no news of any day
    waiting, day = iter([*orders, None]), FIRST_DAY
    following = next(waiting)
    with Catcher(replay.home.store, replay.home.clock) as catcher:
        pool = Pool(replay.home.config.relay, replay.home.path, catcher.port)
        templates = Templates(replay.home.templates / "email")
        sender = Sender(replay.home.store, replay.home.config, templates, pool, replay.home.clock, "replay")
        while day <= until:
            for minutes in range(every, 1441, every):
                wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
                batch = []
                while following is not None and following["placed_at"] < wall.isoformat():
                    batch.append(following)
                    following = next(waiting)
                one_step(replay, sender, calendar.from_local(wall, ZONE), batch)
            if day.day == 1 or day == until:
                tell(replay, f"{day}")
            day += timedelta(days=1)
        pool.close()


def one_step(replay: Replay, sender: Sender, now: int, batch: list[dict[str, Any]]) -> None:
    """Ticks up to `now`, pushes the baskets of the minutes before it, and answers them in the minute after."""
    replay.step(now)
    if batch:
        clock = replay.home.clock
        assert isinstance(clock, SteppedClock)
        clock.step_to(now + 30 * SECOND)
        replay.post("orders", batch)
        replay.step(now + MINUTE)
    replay.send(sender)


def tell(replay: Replay, day: str) -> None:
    """Says on the terminal how far it is."""
    counts = replay.counts
    print(
        f"{day}: {counts['orders accepted']} orders, {counts['due']} due, {counts['mail sent']} sent",
        file=sys.stderr,
        flush=True,
    )


def table(replay: Replay) -> None:
    """Prints what was counted: by the decisions' own rows, which are what the console shows."""
    print("| rule | sent | held (times) | refused | expired |\n|---|---:|---:|---:|---:|")
    outcomes: Counter[tuple[str, str]] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    for rule, outcome, reason in Decision.select(Decision.rule, Decision.outcome, Decision.reason).tuples():
        outcomes[rule, outcome] += 1
        reasons[outcome, reason or ""] += 1
    for rule in sorted({rule for rule, _ in outcomes}):
        row = [outcomes[rule, outcome] for outcome in ("send", "hold", "refuse", "expire")]
        print(f"| {rule} | " + " | ".join(map(str, row)) + " |")
    print("\n| decision | reason | times |\n|---|---|---:|")
    for (outcome, reason), number in sorted(reasons.items()):
        print(f"| {outcome} | {reason} | {number} |")
    print("\n| counted | |\n|---|---:|")
    for what, number in sorted(replay.counts.items()):
        print(f"| {what} | {number} |")
    states = Counter(state for (state,) in Message.select(Message.state).tuples())
    print(
        f"| messages by state at the end | {dict(states)} |\n| still held at the end | {Hold.select().count()} |"
    )


def main() -> int:
    """Replays and prints the tables; returns 1 where anything was refused at intake or a mail ended unknown."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--until", type=date.fromisoformat, default=LAST_DAY)
    parser.add_argument(
        "--every", type=int, default=120, metavar="MINUTES", help="how often baskets are pushed"
    )
    args = parser.parse_args()
    began = time.perf_counter()
    with instance() as replay:
        play(replay, args.until, args.every)
        table(replay)
        for what, seconds in replay.seconds.items():
            print(f"| seconds, {what} | {seconds:.0f} |")
        print(f"| seconds, all | {time.perf_counter() - began:.0f} |")
        bad = replay.counts["orders refused"] or replay.counts["mail unknown"]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
