"""`server.py test`: plays the rule tests beside the rules and says what was expected, what happened and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.cli.watching import changes, cleared
from engine.cli.words import Words, words_of
from engine.config import Config
from engine.delivery.context import context_of
from engine.delivery.issues import issues_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.errors import RegularsError
from engine.rehearsal.cases import Case
from engine.rehearsal.coverage import uncovered
from engine.rehearsal.junit import junit
from engine.rehearsal.run_tests import broken, play, read_folder
from engine.rehearsal.simulate import Render
from engine.rehearsal.verdict import Verdict, report
from engine.reports.traces import trace
from engine.rulebook.ast import Problem, Rulebook

HELP = "play the rule tests in rules/tests"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `test`."""
    parser.add_argument(
        "--coverage", action="store_true",
        help="say which rules, house rules, caps and hours no test made fire",
    )  # fmt: skip
    parser.add_argument(
        "--only", metavar="WORDS", default="", help="play only tests whose name holds these words"
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="also write the outcome as JUnit XML")
    parser.add_argument(
        "--watch", action="store_true", help="play them again whenever a rule, test or template changes"
    )


def run(args: argparse.Namespace) -> int:
    """Returns 0 where every test passes, 1 where one fails, 2 where the files could not be read."""
    return _watch(args) if args.watch else _Run(args).play()


@dataclass(slots=True)
class _Run:
    """One playing of the tests; `files` plays those of some files and takes the verdicts of the others from before."""

    args: argparse.Namespace
    files: Collection[str] | None = None
    before: Sequence[Verdict] = ()
    verdicts: list[Verdict] = field(default_factory=list)

    def play(self) -> int:
        args, words = self.args, words_of(self.args)
        cases, problems = read_folder(Path(args.rules), words.config, words.rulebook, words.vocabulary)
        shown, unreadable = broken(words.rulebook)
        if problems := [*unreadable, *problems]:
            return _unreadable(problems, args)
        _say_broken(shown, args)
        kept = {id_of(v.case): v for v in self.before if self.files and v.case.place.file not in self.files}
        chosen = [case for case in cases if args.only.lower() in case.name.lower()]
        afresh, speaks = (
            [case for case in chosen if id_of(case) not in kept],
            issues_of(_templates(words.templates)),
        )
        played = play(afresh, words.config, words.rulebook, lambda case: _renderer(case, words), speaks)
        for case in chosen:
            verdict = kept.get(id_of(case))
            if verdict is None:
                verdict = next(played)
                verdict.why = trace(verdict, words.config, words.rulebook, speaks)
            self.verdicts.append(verdict)
            if not args.json:
                _say(verdict)
        return _close(self.verdicts, words.rulebook, shown, args)


def id_of(case: Case) -> tuple[str, str]:
    """Names a test by its file and its sentence."""
    return case.place.file, case.name


def _watch(args: argparse.Namespace) -> int:
    """Plays the tests, and again at each change, until Ctrl-C; returns what the last playing would have returned."""
    if not Path(args.rules).is_dir():
        return _Run(args).play()  # which says so
    code, before = 2, list[Verdict]()
    try:
        for files in changes(args):
            cleared()
            if files is None:
                _cache.clear()
            playing = _Run(args, files, before)
            try:
                code = playing.play()
            except RegularsError as error:
                code = error.exit_code
                print(f"error: {error}", file=sys.stderr)
            before = playing.verdicts
            print("waiting for a change; Ctrl-C ends", flush=True)
    except KeyboardInterrupt:
        print()
    return code


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


def _say(verdict: Verdict) -> None:
    if verdict.passed:
        if sys.stdout.isatty():
            print(f"passed  {verdict.case.name}")
        return
    print("\n".join([*report(verdict), ""]))


def _say_broken(problems: list[Problem], args: argparse.Namespace) -> None:
    if problems and not args.json:
        print("\n".join(f"broken: {problem}" for problem in problems), file=sys.stderr)


def _unreadable(problems: list[Problem], args: argparse.Namespace) -> int:
    if args.junit:
        args.junit.write_text(junit([], problems), "utf-8")
    if args.json:
        print(json.dumps({"problems": [str(problem) for problem in problems]}, ensure_ascii=False))
    else:
        print("\n".join(str(problem) for problem in problems), file=sys.stderr)
        print("the tests were not played: the files above could not be read", file=sys.stderr)
    return 2


def _close(
    verdicts: list[Verdict], rulebook: Rulebook, shown: list[Problem], args: argparse.Namespace
) -> int:
    passed = sum(verdict.passed for verdict in verdicts)
    missed = uncovered(verdicts, rulebook) if args.coverage else []
    if args.junit:
        args.junit.write_text(junit(verdicts), "utf-8")
    if args.json:
        print(json.dumps(_as_json(verdicts, shown, missed if args.coverage else None), ensure_ascii=False))
    else:
        print("\n".join([*missed, f"{passed} passed, {len(verdicts) - passed} failed"]))
    return 0 if passed == len(verdicts) else 1


def _as_json(verdicts: list[Verdict], shown: list[Problem], missed: list[str] | None) -> dict[str, Any]:
    passed = sum(verdict.passed for verdict in verdicts)
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
    found |= {"broken": [str(problem) for problem in shown]} if shown else {}
    return found | ({"uncovered": missed} if missed is not None else {})
