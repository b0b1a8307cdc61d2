"""The outcome of rule tests as JUnit XML, which CI systems read: a suite for each file, a case for each test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from xml.sax.saxutils import escape, quoteattr

from engine.rehearsal.verdict import Verdict, report
from engine.rulebook.ast import Problem

# XML 1.0 has no way to write these, not even escaped; other controls it has, but readers stumble over them.
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdicts: Sequence[Verdict], unreadable: Sequence[Problem] = ()) -> str:
    """Writes verdicts as JUnit XML; files that could not be read are one case that ended in an error."""
    files = list(dict.fromkeys(verdict.case.place.file for verdict in verdicts))
    suites = [_suite(file, [v for v in verdicts if v.case.place.file == file]) for file in files]
    suites += [_unreadable(unreadable)] if unreadable else []
    failures = sum(not (verdict.passed or verdict.error) for verdict in verdicts)
    errors = sum(verdict.error is not None for verdict in verdicts) + bool(unreadable)
    total = len(verdicts) + bool(unreadable)
    head = f'<testsuites name="rule tests" tests="{total}" failures="{failures}" errors="{errors}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>", ""])


def _suite(file: str, verdicts: list[Verdict]) -> str:
    failures = sum(not (verdict.passed or verdict.error) for verdict in verdicts)
    errors = sum(verdict.error is not None for verdict in verdicts)
    counts = f'tests="{len(verdicts)}" failures="{failures}" errors="{errors}" skipped="0"'
    cases = "\n".join(_case(verdict) for verdict in verdicts)
    return f"  <testsuite name={_attribute(file)} {counts}>\n{cases}\n  </testsuite>"


def _case(verdict: Verdict) -> str:
    case, place = verdict.case, verdict.case.place
    named = f"classname={_attribute('.'.join(PurePath(place.file).with_suffix('').parts))}"
    where = f'name={_attribute(case.name)} file={_attribute(place.file)} line="{place.line}"'
    if verdict.passed:
        return f"    <testcase {named} {where}/>"
    kind = "failure" if verdict.error is None else "error"
    return f"    <testcase {named} {where}>\n{_failed(kind, report(verdict)[2:])}\n    </testcase>"


def _failed(kind: str, lines: list[str]) -> str:
    message = " ".join(lines[0].split()) if lines else kind
    text = escape(plain("\n".join(line.strip() for line in lines)))
    return f"      <{kind} message={_attribute(message)}>{text}</{kind}>"


def _unreadable(problems: Sequence[Problem]) -> str:
    first = problems[0].place
    where = (
        f'classname="files" name="the files can be read" file={_attribute(first.file)} line="{first.line}"'
    )
    case = (
        f"    <testcase {where}>\n{_failed('error', [str(problem) for problem in problems])}\n    </testcase>"
    )
    return f'  <testsuite name="files" tests="1" failures="0" errors="1" skipped="0">\n{case}\n  </testsuite>'


def plain(text: str) -> str:
    """Shows the characters that XML cannot hold by their number, as \\x1b."""
    return NOT_IN_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _attribute(text: str) -> str:
    """Quotes the value of an attribute; line ends would be read back as spaces, so they are written as references."""
    return quoteattr(plain(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
