"""Findings written down for three readers: a person, a program, and the page of a pull request."""

from __future__ import annotations

from typing import Any

from engine.rulebook.ast import Problem, Rulebook
from engine.rulebook.codes import advised, code_of, remedy_of


def summary(rulebook: Rulebook, problems: list[Problem]) -> str:
    """Ends a report with one sentence."""
    errors = sum(problem.level == "error" for problem in problems)
    usable = (
        f"{_number(len(rulebook.rules), 'rule')} and {_number(len(rulebook.segments), 'segment')} can run"
    )
    found = f"{_number(errors, 'error')}, {_number(len(problems) - errors, 'warning')}"
    broken = f"; broken: {', '.join(rulebook.broken)}" if rulebook.broken else ""
    policy = "; the policy is broken" if rulebook.policy_broken else ""
    return f"{found}: {usable}{broken}{policy}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def as_json(rulebook: Rulebook, problems: list[Problem]) -> dict[str, Any]:
    """Returns the findings for programs; `code` stays the same when a sentence is worded anew."""
    return {
        "rules": sorted(rulebook.rules),
        "segments": sorted(rulebook.segments),
        "broken": list(rulebook.broken),
        "broken_segments": list(rulebook.broken_segments),
        "policy_broken": rulebook.policy_broken,
        "errors": sum(problem.level == "error" for problem in problems),
        "warnings": sum(problem.level == "warning" for problem in problems),
        "problems": [_one(problem) for problem in problems],
        "digest": rulebook.digest,
    }


def _one(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "level": problem.level, "code": code_of(problem).name, "file": place.file, "line": place.line,
        "column": place.column, "message": problem.message, "remedy": remedy_of(problem), "rule": problem.rule,
    }  # fmt: skip


def annotation(problem: Problem) -> str:
    """Writes one finding as a workflow command of GitHub, which shows it beside the line."""
    place, code = problem.place, code_of(problem).name
    where = f"file={_property(place.file)},line={place.line},col={place.column},title={_property(code)}"
    sentence = (
        advised(problem).removeprefix(f"{place}: ").removeprefix("warning: ").removesuffix(f" [{code}]")
    )
    return f"::{problem.level} {where}::{_escaped(sentence)}"


def _escaped(text: str) -> str:
    """Writes a message as a workflow command takes it: per cent first, or it would be escaped twice."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
