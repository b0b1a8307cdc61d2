"""`server.py check`: reads rules and letters and says, with place and remedy, what is wrong with them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from peewee import DatabaseError

from engine.cli.home import used_home
from engine.config import Config, load_config
from engine.errors import StoreError
from engine.matching.view import View
from engine.reports.annotated import annotation, as_json, summary
from engine.reports.inspection import Inspection, inspect, of_everybody
from engine.reports.reality import of_the_store
from engine.reports.schemas import SCHEMAS
from engine.rulebook.ast import Problem, Rulebook
from engine.rulebook.codes import advised
from engine.rulebook.server_words import templates_beside, vocabulary_of
from engine.store import root_of
from models import Shop

HELP = "read the rules and say what is wrong with them"
FORMATS = ("text", "json", "github")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `check`."""
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="github: annotations of a pull request"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 also where there are only warnings")
    parser.add_argument(
        "--schema", nargs="?", const="rules", choices=sorted(SCHEMAS), metavar="FILE",
        help=f"print the JSON Schema for editors instead: of {', '.join(sorted(SCHEMAS))}",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Prints every finding; returns 1 where there is an error, or with --strict a warning, else 0."""
    config = load_config(Path(args.config))
    templates = templates_beside(Path(args.rules), Path(args.config), config)
    if args.schema:
        schema = SCHEMAS[args.schema](vocabulary_of(config, templates))
        print(json.dumps(schema, ensure_ascii=False, indent=2))
        return 0
    found = inspect(Path(args.rules), templates, config)
    problems = sorted([*found.problems, *_of_store(args, config, found)], key=_order)
    _print("json" if args.json else args.format, found.rulebook, problems)
    return 1 if any(problem.level == "error" or args.strict for problem in problems) else 0


def _order(problem: Problem) -> tuple[str, int, int]:
    return problem.place.file, problem.place.line, problem.place.column


def _of_store(args: argparse.Namespace, config: Config, found: Inspection) -> list[Problem]:
    """Asks the store of the home, if there is one; without it only what can be said without it is said."""
    if not config.database and not (Path(args.home) / "regulars.db").exists():
        return of_everybody(found)
    try:
        with used_home(args) as home:
            now, postgresql = home.clock.now(), home.store.postgresql
            keys = {shop.key: shop.id for shop in Shop.select()}
            views = [
                View(config, shop, keys[shop.shop], found.rulebook, now, {}, postgresql)
                for shop in config.shops if shop.shop in keys
            ]  # fmt: skip
            return of_the_store(views, found.lacking) if views else of_everybody(found)
    except (StoreError, DatabaseError) as error:
        said = error if isinstance(error, StoreError) else root_of(error)
        print(f"the shop's own facts were not asked: {said}", file=sys.stderr)
        return of_everybody(found)


def _print(format_: str, rulebook: Rulebook, problems: list[Problem]) -> None:
    if format_ == "json":
        print(json.dumps(as_json(rulebook, problems), ensure_ascii=False, indent=2))
    elif format_ == "github":
        print("".join(f"{annotation(problem)}\n" for problem in problems), end="")
    else:
        line = _coloured if sys.stdout.isatty() else _plain
        for problem in problems:
            line(problem)
        print(summary(rulebook, problems))


def _plain(problem: Problem) -> None:
    print(advised(problem))


def _coloured(problem: Problem) -> None:
    from rich.console import Console
    from rich.text import Text

    line = Text(advised(problem))
    line.stylize("dim", 0, len(str(problem.place)))
    line.stylize("red" if problem.level == "error" else "yellow", len(str(problem.place)) + 2)
    Console(soft_wrap=True).print(line)
