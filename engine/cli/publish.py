"""`server.py publish`: makes the rules of the folder, or an old version, the ones that count, with a name and a note."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from engine import bulk, calendar
from engine.audit import write_down
from engine.cli.home import Home, used_home
from engine.cli.pause import author_of
from engine.cli.words import words_of
from engine.errors import UsageError
from engine.live import Live
from engine.matching.view import View
from engine.rehearsal.difference import Difference, difference
from engine.rehearsal.difference_words import as_json, lines
from engine.reports.versions import versions
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook, load_text
from engine.rulebook.publication import in_force
from engine.rulebook.versions import (
    SHOWN,
    again,
    find_version,
    is_kept,
    newest,
    publications,
    publish,
    renamed,
    text_of,
    write_back,
)
from engine.rulebook.vocabulary import Vocabulary
from engine.wake import CLOCK, wake
from models import Publication, Shop

HELP = "publish the rules of the folder, or roll back to an old version; --dry-run says whom that gains and loses"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `publish`."""
    parser.add_argument("--author", metavar="NAME", help="who publishes (default: this user)")
    parser.add_argument("--note", metavar="TEXT", help="why, for those who look at it later")
    parser.add_argument("--dry-run", action="store_true", help="only say whom it would gain and lose")
    parser.add_argument(
        "--list", action="store_true", help="list what was published, by whom and what changed"
    )
    parser.add_argument(
        "--version", metavar="HASH", help="publish this old version again, and put its files back"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="with --version: give up edits of the folder that were never published"
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Publishes, or says what that would do; 1 where the rules cannot be published."""
    with used_home(args) as home:
        if args.list:
            return _list(home, args)
        live = Live(home)
        written = _wanted(live, args)
        refused = _refusal(written, live.vocabulary())
        if refused:
            print(json.dumps({"refused": refused}, ensure_ascii=False) if args.json else "\n".join(refused))
            return 1
        if args.dry_run:
            return _dry_run(live, written, args)
        return _say(_published(live, written, args), written, args)


def _wanted(live: Live, args: argparse.Namespace) -> Rulebook:
    """Reads what is to be published: the folder, or the version that was named."""
    if args.version:
        return load_text(find_version(args.version).text, live.vocabulary())
    return words_of(args).rulebook


def _refusal(written: Rulebook, vocabulary: Vocabulary) -> list[str]:
    """Lists why this cannot count at all: one broken rule keeps running as last published, but this would leave nothing."""
    force = in_force(written, vocabulary)
    lost = written.policy_broken and not _sound_policy_before(vocabulary)
    if not lost and (force.rules or not written.errors):
        return []
    why = "the policy is broken and none was published before" if lost else "no rule of it can run"
    return [f"refused: {why}", *(f"  {problem}" for problem in written.errors)]


def _sound_policy_before(vocabulary: Vocabulary) -> bool:
    return any(not load_text(text_of(p.digest), vocabulary).policy_broken for p in publications())


# --- publishing ---------------------------------------------------------------------------------------


def _published(live: Live, written: Rulebook, args: argparse.Namespace) -> Publication:
    """Publishes in one transaction, and writes down at once which rules act since now; clocks take it at their next tick."""
    home, author = live.home, author_of(args)
    now = home.clock.now()
    live.prepare_shops(now)
    with home.store.transaction():
        bulk.lock_act(home.store, bulk.PUBLISHING)
        if args.version:
            done = _roll_back(live, written, args, author, now)
        else:
            done = publish(written, now, author, args.note)
        write_down(author, "roll back" if args.version else "publish", done.digest, now, channel="command")
        live.refresh(now)
    wake(Path(args.home), CLOCK)
    return done


def _roll_back(live: Live, written: Rulebook, args: argparse.Namespace, author: str, now: int) -> Publication:
    """Puts the old files back into the folder, which else would win again, and publishes what they say."""
    folder, note = live.home.rules, args.note or f"back to {written.digest[:SHOWN]}"
    if not folder.is_dir() and live.by_hand:
        return again(written.digest, now, author, note)
    present = load_rulebook(folder, live.vocabulary())
    if present.text and not args.overwrite and not is_kept(present.digest):
        raise UsageError(
            f"{folder} holds edits that were never published, and would lose them",
            remedy="publish them first, or add --overwrite",
        )
    write_back(folder, present.text, renamed(written.text, folder.resolve().name))
    return publish(load_rulebook(folder, live.vocabulary()), now, author, note)


def _say(done: Publication, written: Rulebook, args: argparse.Namespace) -> int:
    broken = [str(problem) for problem in written.errors]
    if args.json:
        print(json.dumps({"version": done.digest, "author": done.author, "broken": list(written.broken)}))
        return 0
    print(f"published {done.digest[:SHOWN]} by {done.author}: {len(written.rules)} rules")
    if broken:
        print("  what is broken keeps running as last published, if it ever was:")
        print("\n".join(f"  {each}" for each in broken))
    return 0


# --- looking ------------------------------------------------------------------------------------------


def _dry_run(live: Live, written: Rulebook, args: argparse.Namespace) -> int:
    found = _differences(live, written)
    if args.json:
        print(json.dumps([as_json(each) for each in found], ensure_ascii=False, indent=1))
    else:
        print("\n".join(line for each in found for line in lines(each)))
    return 0


def _differences(live: Live, written: Rulebook) -> list[Difference]:
    vocabulary, last = live.vocabulary(), newest()
    before = in_force(load_text(text_of(last.digest), vocabulary), vocabulary) if last else Rulebook()
    after = in_force(written, vocabulary)
    views = [(_view(live, shop, before), _view(live, shop, after)) for shop in live.shops()]
    return [difference(was, will) for was, will in views]


def _view(live: Live, shop: Shop, book: Rulebook) -> View:
    home = live.home
    since = dict.fromkeys(book.rules, 0)
    settings, now = home.config.shop(shop.key), home.clock.now()
    return View(home.config, settings, shop.id, book, now, since, home.store.postgresql)


def _list(home: Home, args: argparse.Namespace) -> int:
    """Lists the latest acts of publishing, the newest first."""
    found = versions(home.config)
    zone = home.config.shops[0].timezone
    said = [{
        "version": each.digest, "author": each.author, "note": each.note, "changed": each.changed,
        "at": calendar.local(each.at, zone).isoformat(timespec="minutes"),
    } for each in found]  # fmt: skip
    if args.json:
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        print("\n".join(map(_line, said)) or "nothing was published yet")
    return 0


def _line(each: dict[str, Any]) -> str:
    who = each["author"] or "(taken from the folder)"
    note = f"  {each['note']}" if each["note"] else ""
    changed = ", ".join(f"{rule} {kind}" for rule, kind in each["changed"].items()) or "no rule changed"
    return f"{each['version'][:SHOWN]}  {each['at'][:16]}  {who}{note}\n              {changed}"
