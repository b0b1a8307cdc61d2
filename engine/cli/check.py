"""`server.py check`: reads the rules and says, with place and remedy, what is wrong with them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.config import load_config
from engine.policy.limits import policy_limits
from engine.rulebook.ast import Problem, Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import templates_beside, vocabulary_of

HELP = "read the rules and say what is wrong with them"
FORMATS = ("text", "json", "github")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `check`."""
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="github: annotations of a pull request"
    )


def run(args: argparse.Namespace) -> int:
    """Prints every problem; returns 1 where there is an error, 0 where there are at most warnings."""
    config = load_config(Path(args.config))
    templates = templates_beside(Path(args.rules), Path(args.config), config)
    rulebook = load_rulebook(Path(args.rules), vocabulary_of(config, templates))
    problems = [*rulebook.problems, *_of_policy(rulebook)]
    PRINTERS["json" if args.json else args.format](rulebook, problems)
    return 1 if any(problem.level == "error" for problem in problems) else 0


def _of_policy(rulebook: Rulebook) -> list[Problem]:
    """Asks the policy's engine what it cannot hold; a policy that could not be read is not asked about."""
    return [] if rulebook.policy_broken else policy_limits(rulebook.policy)


def _print_text(rulebook: Rulebook, problems: list[Problem]) -> None:
    line = _coloured if sys.stdout.isatty() else _plain
    for problem in problems:
        line(problem)
    print(_summary(rulebook, problems))


def _plain(problem: Problem) -> None:
    print(problem)


def _coloured(problem: Problem) -> None:
    from rich.console import Console
    from rich.text import Text

    colour = "red" if problem.level == "error" else "yellow"
    line = Text(str(problem))
    line.stylize("dim", 0, len(str(problem.place)))
    line.stylize(colour, len(str(problem.place)) + 2)
    Console(soft_wrap=True).print(line)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _summary(rulebook: Rulebook, problems: list[Problem]) -> str:
    """Ends the report with one sentence."""
    errors = sum(problem.level == "error" for problem in problems)
    warnings = len(problems) - errors
    usable = (
        f"{_number(len(rulebook.rules), 'rule')} and {_number(len(rulebook.segments), 'segment')} can run"
    )
    found = f"{_number(errors, 'error')}, {_number(warnings, 'warning')}"
    broken = f"; broken: {', '.join(rulebook.broken)}" if rulebook.broken else ""
    policy = "; the policy is broken" if rulebook.policy_broken else ""
    return f"{found}: {usable}{broken}{policy}."


def _print_json(rulebook: Rulebook, problems: list[Problem]) -> None:
    report: dict[str, Any] = {
        "rules": sorted(rulebook.rules),
        "segments": sorted(rulebook.segments),
        "broken": list(rulebook.broken),
        "broken_segments": list(rulebook.broken_segments),
        "policy_broken": rulebook.policy_broken,
        "errors": sum(problem.level == "error" for problem in problems),
        "warnings": sum(problem.level == "warning" for problem in problems),
        "problems": [_as_json(problem) for problem in problems],
        "digest": rulebook.digest,
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))


def _as_json(problem: Problem) -> dict[str, Any]:
    place = problem.place
    at = {"file": place.file, "line": place.line, "column": place.column}
    return {"level": problem.level, **at, "message": problem.message, "rule": problem.rule}


def _print_github(rulebook: Rulebook, problems: list[Problem]) -> None:
    for problem in problems:
        place = problem.place
        where = f"file={_escaped(place.file, ':,')},line={place.line},col={place.column}"
        print(f"::{problem.level} {where}::{_escaped(problem.message)}")


def _escaped(text: str, more: str = "") -> str:
    """Writes a text as a workflow command takes it."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


PRINTERS: dict[str, Callable[[Rulebook, list[Problem]], None]] = {
    "text": _print_text,
    "json": _print_json,
    "github": _print_github,
}
