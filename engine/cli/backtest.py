"""`server.py backtest --from D --to D`: what the rules would have done on past days, on the shop's own history."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from engine import calendar
from engine.cli.home import Home, used_home
from engine.cli.main import ROOT
from engine.cli.progress import watched
from engine.cli.words import Words, words_of
from engine.delivery.issues import issues_of
from engine.delivery.templates import Templates
from engine.errors import UsageError
from engine.policy.history import Draw
from engine.rehearsal.backtest.compare import compare
from engine.rehearsal.backtest.kept import demand_facts, notes
from engine.rehearsal.backtest.outcome import Outcome, outcome
from engine.rehearsal.backtest.play import Plan, only, play, whole_days
from engine.rehearsal.backtest.scratch import Scratch, scratch_of
from engine.rehearsal.backtest.tables import compared, plain, plain_difference, said_of
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.nearest import meant
from engine.rulebook.versions import newest, text_of
from models import Shop

HELP = "play the rules through past days of the shop's own history, and count"
MEANING = 1  # of a scratch file: another one is not gone on with


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `backtest`."""
    parser.add_argument(
        "--from", dest="first", metavar="D", required=True, help="the first day, as 2026-01-01"
    )
    parser.add_argument(
        "--to", dest="last", metavar="D", required=True, help="the last day, that day included"
    )
    parser.add_argument("--rule", metavar="R", help="only this rule, with the whole policy")
    parser.add_argument("--shop", metavar="KEY", help="only this shop")
    parser.add_argument("--fresh", action="store_true", help="start anew instead of where it was stopped")


def run(args: argparse.Namespace) -> int:
    """Prints what came of it; returns 1 where a broken rule had to be left out."""
    first, last = day_of(args.first, "--from"), day_of(args.last, "--to")
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}", remedy="name the earlier day first")
    words = words_of(args)
    with used_home(args) as home:
        books = rulebooks(args, words)
        _demand_rule(args.rule, words.rulebook, books)
        found = [_of_shop(args, home, words, books, shop, first, last) for shop in _shops(home, args.shop)]
    broken = sorted(words.rulebook.broken)
    if args.json:
        print(
            json.dumps(
                {"shops": [values for values, _ in found], "broken": broken}, ensure_ascii=False, indent=1
            )
        )
    else:
        print("\n\n\n".join(text for _, text in found))
    for rule in broken:
        print(f"{rule} is broken and was left out: see server.py check", file=sys.stderr)
    return 1 if broken else 0


def day_of(text: str, option: str) -> date:
    """Reads a day; raises UsageError naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no day", remedy="write it as 2026-01-31") from None


def rulebooks(args: argparse.Namespace, words: Words) -> dict[str, Rulebook]:
    """Returns what is tested by the name it is shown with: these rules, and before them what is published instead."""
    given = {"rules": words.rulebook}
    if Path(args.rules).resolve() == (ROOT / "rules").resolve():
        return given
    published = newest()
    if published is None or published.digest == words.rulebook.digest:
        return given
    text = text_of(published.digest)
    return {"published": load_text(text, words.vocabulary), str(args.rules): words.rulebook}


def _demand_rule(rule: str | None, rulebook: Rulebook, books: dict[str, Rulebook]) -> None:
    if rule is None or any(rule in book.rules for book in books.values()):
        return
    why = " (it is broken: see check)" if rule in rulebook.broken else meant(rule, rulebook.rules)
    raise UsageError(f"unknown rule {rule!r}{why}", remedy="see server.py check")


def _shops(home: Home, key: str | None) -> list[Shop]:
    keys = [shop.shop for shop in home.config.shops]
    if key is not None and key not in keys:
        raise UsageError(f"no shop is called {key!r}", remedy=f"known: {', '.join(keys)}")
    return list(Shop.select().where(Shop.key.in_([key] if key else keys)).order_by(Shop.id))


def _of_shop(
    args: argparse.Namespace, home: Home, words: Words, books: dict[str, Rulebook], shop: Shop, first: date, last: date
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """Plays every rulebook through one shop's days; returns what came of it as values and as text."""
    now, speaks = home.clock.now(), issues_of(Templates(words.templates / "email"))
    settings = home.config.shop(shop.key)
    start, until = whole_days(first, last, settings.timezone)
    draw = Draw(home.key)
    plans = {
        name: Plan(home.config, settings, shop.id, only(book, args.rule), start, until, draw, speaks)
        for name, book in books.items()
    }
    for plan in plans.values():
        if last > calendar.local(now, settings.timezone).date():
            raise UsageError(
                f"--to {last} is still to come", remedy="a backtest asks the past; see server.py forecast"
            )
        demand_facts(plan)
    said = notes(next(iter(plans.values())))
    found = {name: _played(args, home, plan, name, now) for name, plan in plans.items()}
    _tidy(home, args, plans)
    return _told(found, said)


def _played(args: argparse.Namespace, home: Home, plan: Plan, name: str, now: int) -> Outcome:
    with _scratch(home, args, plan, args.fresh) as scratch:
        days = (plan.last - plan.first).days + 1
        watched(play(plan, scratch), days, f"{plan.shop.shop}, {name}")
        return outcome(plan, scratch, now)


@contextmanager
def _scratch(home: Home, args: argparse.Namespace, plan: Plan, fresh: bool) -> Iterator[Scratch]:
    said = (MEANING, plan.shop.shop, plan.rulebook.digest, args.rule, str(plan.first), str(plan.last))
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:16]
    with scratch_of(home.store, home.path / "backtest", digest, fresh) as scratch:
        yield scratch


def _tidy(home: Home, args: argparse.Namespace, plans: dict[str, Plan]) -> None:
    """Removes what was written down on the way: only a run that was stopped has something to go on from."""
    for plan in plans.values():
        with _scratch(home, args, plan, fresh=False) as scratch:
            scratch.drop()


def _told(found: dict[str, Outcome], said: list[str]) -> tuple[dict[str, Any], str]:
    latest_name, latest = list(found.items())[-1]
    values = plain(latest, said)
    texts = [said_of(latest, latest_name, said)]
    if len(found) > 1:
        (before_name, before), *_ = found.items()
        differences = compare(before, latest)
        values["compared_with"] = {"rulebook": before.version, "difference": plain_difference(differences)}
        values["published"] = plain(before, [])
        texts = [compared(differences, (before_name, latest_name)), said_of(before, before_name, []), *texts]
    return values, "\n\n\n".join(texts)
