"""`server.py test`: plays the rule tests beside the rules and says what was expected, what happened and why."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from engine.cli.words import Words, words_of
from engine.config import Config
from engine.delivery.context import context_of
from engine.delivery.issues import issues_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.rehearsal.cases import Case
from engine.rehearsal.coverage import uncovered
from engine.rehearsal.run_tests import play, read_folder
from engine.rehearsal.simulate import Render
from engine.reports.traces import trace
from engine.rehearsal.verdict import Verdict, report
from engine.rulebook.ast import Problem, Rulebook

HELP = "play the rule tests in rules/tests"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `test`."""
    parser.add_argument(
        "--coverage", action="store_true", help="say which rules and house rules no test made fire"
    )
    parser.add_argument(
        "--only", metavar="WORDS", default="", help="play only tests whose name holds these words"
    )


def run(args: argparse.Namespace) -> int:
    """Returns 0 where every test passes, 1 where one fails, 2 where the files could not be read."""
    words = words_of(args)
    cases, problems = read_folder(Path(args.rules), words.config, words.rulebook, words.vocabulary)
    problems = [*words.rulebook.errors, *problems]
    if problems:
        return _unreadable(problems, args.json)
    chosen = [case for case in cases if args.only.lower() in case.name.lower()]
    verdicts, speaks = [], issues_of(_templates(words.templates))
    for verdict in play(chosen, words.config, words.rulebook, lambda case: _renderer(case, words), speaks):
        verdicts.append(verdict)
        if not args.json:
            _say(verdict, words)
    if args.coverage and not args.json:
        print("\n".join(uncovered(verdicts, words.rulebook)))
    _close(verdicts, words.rulebook, args)
    return 0 if all(verdict.passed for verdict in verdicts) else 1


def _renderer(case: Case, words: Words) -> Render:
    """Renders mails of a test as the customer would read them."""
    templates = _templates(words.templates)
    config: Config = words.config.model_copy(update={"shops": (case.shop,)})

    def rendered(message: Any, now: int) -> tuple[str, str]:
        found = render(context_of(message, config, now), templates)
        return found.subject, found.text

    return rendered


_cache: dict[Path, Templates] = {}


def _templates(folder: Path) -> Templates:
    if folder not in _cache:
        _cache[folder] = Templates(folder / "email")
    return _cache[folder]


def _say(verdict: Verdict, words: Words) -> None:
    if verdict.passed:
        if sys.stdout.isatty():
            print(f"passed  {verdict.case.name}")
        return
    print("\n".join([*report(verdict), *trace(verdict, words.config, words.rulebook), ""]))


def _unreadable(problems: list[Problem], as_json: bool) -> int:
    if as_json:
        print(json.dumps({"problems": [str(problem) for problem in problems]}, ensure_ascii=False))
    else:
        print("\n".join(str(problem) for problem in problems), file=sys.stderr)
        print("the tests were not played: the files above could not be read", file=sys.stderr)
    return 2


def _close(verdicts: list[Verdict], rulebook: Rulebook, args: argparse.Namespace) -> None:
    passed = sum(verdict.passed for verdict in verdicts)
    if not args.json:
        print(f"{passed} passed, {len(verdicts) - passed} failed")
        return
    tests = [
        {
            "test": v.case.name,
            "place": str(v.case.place),
            "passed": v.passed,
            "report": [] if v.passed else report(v),
        }
        for v in verdicts
    ]
    found: dict[str, Any] = {"passed": passed, "failed": len(verdicts) - passed, "tests": tests}
    if args.coverage:
        found["uncovered"] = uncovered(verdicts, rulebook)
    print(json.dumps(found, ensure_ascii=False))
