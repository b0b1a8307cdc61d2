"""Why a rule test went as it did: the conditions of the rule at the minute in which a mail was expected."""

from __future__ import annotations

from dataclasses import replace

from engine.config import Config
from engine.matching.view import View
from engine.policy.compiled import compile_policy
from engine.policy.history import Draw
from engine.rehearsal.cases import Expected
from engine.rehearsal.explaining.explain import Asking, explain
from engine.rehearsal.explaining.model import Explained
from engine.rehearsal.simulate import simulate
from engine.rehearsal.stand import fresh_store
from engine.rehearsal.verdict import Verdict
from engine.reports.explained.tell import rule_text, speaker_of
from engine.rulebook.ast import Rulebook
from engine.store import Store
from models import Customer


def trace(verdict: Verdict, config: Config, rulebook: Rulebook) -> list[str]:
    """Plays a failed test up to each minute that lacks a message, and asks the rule there, condition by condition."""
    lines: list[str] = []
    for expected in verdict.missing[:3]:
        store, found = fresh_store(), list[Explained]()

        def look(
            view: View, expected: Expected = expected, store: Store = store, found: list[Explained] = found
        ) -> None:
            found += _asked(view, expected, store)

        simulate(replace(verdict.case, until=expected.at), config, rulebook, watch=look, store=store)
        store.close()
        currency = verdict.case.shop.currency
        lines += [
            f"  why: {line}" for each in found for line in rule_text(each, speaker_of(each, "en", currency))
        ]
    return lines


def _asked(view: View, expected: Expected, store: Store) -> list[Explained]:
    row, rule = (
        Customer.get_or_none(Customer.external_id == expected.to),
        view.rulebook.rules.get(expected.rule),
    )
    if row is None or rule is None:
        return []
    asking = Asking(store, view, compile_policy(view.rulebook.policy), Draw(b"", on=False), view.now)
    return [explain(asking, row, [rule])]
