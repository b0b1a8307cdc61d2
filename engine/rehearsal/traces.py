"""Why a rule test went as it did: the conditions of the rule at the minute in which a mail was expected."""

from __future__ import annotations

from dataclasses import replace

from engine.config import Config
from engine.matching.view import View
from engine.rehearsal.explain import Explanation, explain_rule
from engine.rehearsal.sentences import sentences
from engine.rehearsal.simulate import simulate
from engine.rehearsal.verdict import Verdict
from engine.rulebook.ast import Rulebook
from models import Customer


def trace(verdict: Verdict, config: Config, rulebook: Rulebook) -> list[str]:
    """Plays a failed test up to each minute that lacks a message, and asks the rule there, condition by condition."""
    lines: list[str] = []
    for expected in verdict.missing[:3]:
        found: list[Explanation] = []

        def look(view: View) -> None:
            row = Customer.get_or_none(Customer.external_id == expected.to)  # noqa: B023 - used at once
            if row is not None and expected.rule in view.rulebook.rules:  # noqa: B023
                found.append(explain_rule(view, view.rulebook.rules[expected.rule], row))  # noqa: B023

        upto = replace(verdict.case, until=expected.at)
        simulate(upto, config, rulebook, watch=look)
        lines += [f"  why: {line}" for each in found for line in sentences(each)]
    return lines
