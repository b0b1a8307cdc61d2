"""Holds what happened against what a rule test expects, and says the difference in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.rehearsal.cases import Case, Expected
from engine.rehearsal.moments import Moments
from engine.rehearsal.simulate import Outcome, Sent


@dataclass(slots=True)
class Verdict:
    """Whether a test passed; else what is missing, what is too much, and what differs."""

    case: Case
    outcome: Outcome | None = None
    missing: list[Expected] = field(default_factory=list)
    unexpected: list[Sent] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    differing: list[Sent] = field(default_factory=list)  # the mails whose words differ
    error: str | None = None
    why: list[str] = field(default_factory=list)  # the trace of the rules concerned, where somebody made it

    @property
    def passed(self) -> bool:
        """Says that everything was as expected."""
        return not (self.missing or self.unexpected or self.differs or self.error)


def judge(case: Case, outcome: Outcome) -> Verdict:
    """Compares messages as a whole list, to the minute; decisions must only be among those made."""
    verdict = Verdict(case, outcome)
    left = list(outcome.sent)
    for expected in sorted(case.expect, key=_vagueness):
        if expected.outcome == "send":
            _match(expected, left, verdict, Moments(case.shop.timezone))
        elif not any(_decided(expected, decision) for decision in outcome.decisions):
            verdict.missing.append(expected)
    verdict.unexpected = left
    return verdict


def _vagueness(expected: Expected) -> tuple[bool, int]:
    """Lets what says more choose first, so that an item without `to` or words takes what is left."""
    return expected.to is None, -(
        len(expected.subject_has) + len(expected.text_has) + (expected.subject is not None)
    )


def _match(expected: Expected, left: list[Sent], verdict: Verdict, moments: Moments) -> None:
    same = [sent for sent in left if _is(expected, sent)]
    best = next((sent for sent in same if not _words(expected, sent)), same[0] if same else None)
    if best is None:
        verdict.missing.append(expected)
        return
    left.remove(best)
    words = _words(expected, best)
    verdict.differs += [f"{moments.shown(best.at)} {best.rule} to {best.to}: {each}" for each in words]
    verdict.differing += [best] if words else []


def _is(expected: Expected, sent: Sent) -> bool:
    return (expected.at, expected.rule) == (sent.at, sent.rule) and expected.to in (None, sent.to)


def _words(expected: Expected, sent: Sent) -> list[str]:
    """Lists what the rendered mail lacks."""
    found = []
    if expected.subject is not None and expected.subject != sent.subject:
        found.append(f"the subject is {sent.subject!r}, not {expected.subject!r}")
    found += [
        f"the subject {sent.subject!r} lacks {part!r}"
        for part in expected.subject_has
        if part not in (sent.subject or "")
    ]
    found += [
        f"the text lacks {part!r}"
        for part in expected.text_has
        if part not in " ".join((sent.text or "").split())
    ]
    return found


def _decided(expected: Expected, decision: tuple[int, str, str, str, str | None]) -> bool:
    at, outcome, rule, to, reason = decision
    if (expected.at, expected.outcome, expected.rule) != (at, outcome, rule) or expected.to not in (None, to):
        return False
    return expected.reason is None or expected.reason == reason


def shown(expected: Expected, moments: Moments) -> str:
    """Writes an expectation as a person would say it."""
    reason = f" ({expected.reason})" if expected.reason else ""
    return f"{moments.shown(expected.at)}  {expected.outcome:6}  {expected.rule} to {expected.to or 'anybody'}{reason}"


def report(verdict: Verdict) -> list[str]:
    """Says, for a failed test, what was expected, what happened and why."""
    moments = Moments(verdict.case.shop.timezone)
    lines = [f"FAILED  {verdict.case.name}", f"  {verdict.case.place}"]
    if verdict.error:
        return [*lines, f"  {verdict.error}"]
    lines += [f"  expected, but not so:  {shown(expected, moments)}" for expected in verdict.missing]
    lines += [
        f"  not expected:          {moments.shown(s.at)}  send    {s.rule} to {s.to}"
        for s in verdict.unexpected
    ]
    lines += [f"  differs:               {words}" for words in verdict.differs]
    outcome = verdict.outcome
    if outcome is not None:
        lines.append("  what happened:" if outcome.decisions else "  what happened: no rule had a candidate")
        for at, what, rule, to, reason in outcome.decisions[:40]:
            lines.append(
                f"    {moments.shown(at)}  {what:6}  {rule} to {to}{f' ({reason})' if reason else ''}"
            )
    return lines + verdict.why
