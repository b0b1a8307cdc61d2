"""`server.py forecast`: what is going to be sent in the coming days if no customer does anything, under the policy."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from engine.cli.home import Home, used_home
from engine.cli.progress import watched
from engine.cli.words import Words, words_of
from engine.delivery.issues import issues_of
from engine.delivery.templates import Templates
from engine.errors import UsageError
from engine.outbox.pauses import read_pauses
from engine.policy.history import Draw
from engine.rehearsal.backtest.scratch import scratch_of
from engine.rehearsal.forecast.agenda import Occasion, Written, agenda, occasions
from engine.rehearsal.forecast.ahead import Ahead, ahead_of, foresee
from engine.rehearsal.forecast.foreseen import Foreseen, foreseen, on_their_way
from engine.rehearsal.forecast.kept import keep
from engine.rehearsal.forecast.tables import plain, text_of
from engine.rulebook.publication import acting_since
from models import RuleState, Shop

HELP = "say what is going to be sent in the coming days if no customer does anything"
DAYS, MOST_DAYS = 30, 400


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `forecast`."""
    parser.add_argument(
        "--days", metavar="N", type=int, default=DAYS, help=f"so many days, today included (default {DAYS})"
    )
    parser.add_argument("--keep", action="store_true", help="keep it for the console to show")
    parser.add_argument("--shop", metavar="KEY", help="only this shop")
    parser.add_argument(
        "--ics",
        metavar="FILE",
        type=Path,
        help="also write the coming mailings of `every` and `date` as iCalendar",
    )


def run(args: argparse.Namespace) -> int:
    """Prints the forecast; nothing is written but what is asked for. Returns 1 where a broken rule had to be left out."""
    if not 1 <= args.days <= MOST_DAYS:
        raise UsageError(f"--days {args.days} is no number of days", remedy=f"name 1 to {MOST_DAYS}")
    words = words_of(args)
    with used_home(args) as home:
        shops = _shops(home, args)
        found = [
            (plan, of_shop(home, plan)) for plan in (_plan(home, words, shop, args.days) for shop in shops)
        ]
        notes = _notes(home)
        if args.keep:
            with home.store.transaction():
                for plan, each in found:
                    keep(plan.shop_id, each, plan.now)
    if args.ics:
        _write_agenda(args.ics, words, found)
    if args.json:
        values = [plain(each, _said(each, notes)) for _, each in found]
        print(
            json.dumps(
                {"shops": values, "broken": sorted(words.rulebook.broken)}, ensure_ascii=False, indent=1
            )
        )
    else:
        print("\n\n\n".join(text_of(each, _said(each, notes)) for _, each in found))
    for rule in sorted(words.rulebook.broken):
        print(f"{rule} is broken and was left out: see server.py check", file=sys.stderr)
    return 1 if words.rulebook.broken else 0


def _shops(home: Home, args: argparse.Namespace) -> list[Shop]:
    keys = [shop.shop for shop in home.config.shops]
    if args.shop is not None and args.shop not in keys:
        raise UsageError(f"no shop is called {args.shop!r}", remedy=f"known: {', '.join(keys)}")
    if args.ics and args.shop is None and len(keys) > 1:
        raise UsageError("a calendar is of one shop", remedy=f"name it with --shop: {', '.join(keys)}")
    found = list(Shop.select().where(Shop.key.in_([args.shop] if args.shop else keys)).order_by(Shop.id))
    if not found:
        raise UsageError("nothing is known of any shop yet", remedy="run server.py tick, or serve, once")
    return found


def _plan(home: Home, words: Words, shop: Shop, days: int) -> Ahead:
    speaks, acting = issues_of(Templates(words.templates / "email")), acting_since(shop.id)
    settings = home.config.shop(shop.key)
    book = words.rulebook
    paused = _paused(shop)
    book = replace(book, rules={id_: rule for id_, rule in book.rules.items() if id_ not in paused})
    now = home.clock.now()
    return ahead_of(home.config, settings, shop.id, book, acting, now, days, Draw(home.key), speaks)


def _paused(shop: Shop) -> set[str]:
    return {rule for key, rule in read_pauses().rules if key == shop.id}


def of_shop(home: Home, plan: Ahead) -> Foreseen:
    """Plays the coming days of one shop in scratch tables, which are gone afterwards."""
    queued = on_their_way(plan.shop_id)
    name = f"forecast_{plan.shop_id}_{os.getpid()}"
    with scratch_of(home.store, home.path / "forecast", name, fresh=True) as scratch:
        try:
            watched(foresee(plan, scratch), (plan.last - plan.first).days + 1, plan.shop.shop)
            return foreseen(plan, queued)
        finally:
            scratch.drop()
            with suppress(OSError):  # another forecast may be under way in it
                (home.path / "forecast").rmdir()


def _notes(home: Home) -> list[str]:
    paused = read_pauses()
    rows = RuleState.select(RuleState.rule).where(RuleState.braked_at.is_null(False)).distinct().tuples()
    braked = sorted(rule for (rule,) in rows)
    found = (
        [f"paused now, and counted as if it went: {', '.join(sorted(paused.purposes))}"]
        if paused.purposes
        else []
    )
    found += (
        [f"paused and left out: {', '.join(sorted({rule for _, rule in paused.rules}))}"]
        if paused.rules
        else []
    )
    found += (
        [f"braked now, and counted as if somebody had released it: {', '.join(braked)}"] if braked else []
    )
    return [
        *found,
        "customers are taken to do nothing: every order that comes moves its reminders and cancels others",
        "mails are taken to be sent in the minute in which they are decided",
    ]


def _said(found: Foreseen, notes: list[str]) -> list[str]:
    silent = f"{found.silent} mails of newsletters are due of which nobody has written the issue"
    return [*([silent] if found.silent else []), *notes]


def _write_agenda(file: Path, words: Words, found: list[tuple[Ahead, Foreseen]]) -> None:
    ((plan, foretold),) = found
    file.write_bytes(agenda(plan.shop, _counted(plan, foretold, _written(words)), plan.now))


def _counted(plan: Ahead, found: Foreseen, written: Written) -> Iterator[Occasion]:
    """Adds to each occasion how many mails the forecast has of its rule on that day."""
    for each in occasions(plan.rulebook, plan.shop, plan.now, plan.until, written):
        yield replace(each, mails=found.rules[each.rule.id].mails[f"{each.wall:%Y-%m-%d}"])


def _written(words: Words) -> Written:
    templates = Templates(words.templates / "email")

    def written(template: str, day: date) -> bool:
        return not templates.has_issues(template) or templates.has_issue(template, day)

    return written
