"""Two rulebooks over the same days: what each comes to, and which customers one gains or loses against the other."""

from __future__ import annotations

from dataclasses import dataclass

from engine.rehearsal.backtest.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule, or all of them, under the published rulebook and under another."""

    rule: str
    before: int  # mails
    after: int
    gained: int  # customers who are mailed now and were not before
    lost: int

    @property
    def change(self) -> int:
        """Returns how many mails more (or, negative, fewer) there are."""
        return self.after - self.before


def compare(before: Outcome, after: Outcome) -> list[Difference]:
    """Returns the difference of each rule that either has, by id, and last the one of all rules together."""
    found = []
    for rule in sorted({*before.rules, *after.rules}):
        was, now = before.rules.get(rule), after.rules.get(rule)
        had, has = was.customers if was else set(), now.customers if now else set()
        found.append(
            Difference(rule, was.sent if was else 0, now.sent if now else 0, len(has - had), len(had - has))
        )
    had, has = _mailed(before), _mailed(after)
    total = (sum(one.before for one in found), sum(one.after for one in found))
    return [*found, Difference("all", *total, len(has - had), len(had - has))]


def _mailed(outcome: Outcome) -> set[int]:
    return set().union(*(tested.customers for tested in outcome.rules.values()))
