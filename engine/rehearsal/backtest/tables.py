"""A backtest's outcome for people (aligned text) and for programs (plain values that JSON can hold)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.rehearsal.backtest.compare import Difference
from engine.rehearsal.backtest.outcome import Outcome, Reached, Tested

DAYS_SHOWN = 31  # a longer stretch is shown by month
WARNING = (
    "Nobody was mailed in the past, so the tenth did nothing else than the others: what differs between them is chance,\n"
    "and none of this proves that a mail has an effect. Only a real `holdout` does."
)


def said_of(outcome: Outcome, name: str, notes: Sequence[str]) -> str:
    """Writes one rulebook's outcome."""
    days = (outcome.last - outcome.first).days + 1
    head = f"{outcome.shop}, {outcome.first} to {outcome.last} ({days} days), {name} {outcome.version[:12]}"
    parts = [head, _rules(outcome, days), _calendar(outcome, days), _reasons(outcome), _goals(outcome)]
    said = (
        [f"{outcome.silent} newsletters were due of which nobody has written the issue"]
        if outcome.silent
        else []
    )
    return "\n\n".join(part for part in [*parts, "\n".join(f"- {note}" for note in [*notes, *said])] if part)


def _rules(outcome: Outcome, days: int) -> str:
    rows = [_row(tested.rule, [tested], days) for tested in outcome.rules.values()]
    header = [
        "rule",
        "mails",
        "customers",
        "a day",
        "most in a day",
        "refused",
        "holds",
        "expired",
        "waiting at the end",
    ]
    return aligned([header, *rows, _row("all", list(outcome.rules.values()), days)])


def _row(name: str, tested: list[Tested], days: int) -> list[str]:
    by_day = sum((one.mails for one in tested), Counter())
    customers: set[int] = set().union(*(one.customers for one in tested))
    most = max(by_day.items(), key=lambda item: (item[1], item[0]), default=None)
    refused, held = (sum(counter.total() for counter in found) for found in
                     ([one.refused for one in tested], [one.held for one in tested]))  # fmt: skip
    return [
        name, str(by_day.total()), str(len(customers)), f"{by_day.total() / days:.1f}",
        f"{most[1]} ({most[0]})" if most else "0", str(refused), str(held), str(sum(one.expired for one in tested)),
        str(sum(one.waiting for one in tested)),
    ]  # fmt: skip


def _calendar(outcome: Outcome, days: int) -> str:
    """Shows mails by day, or by month where the days are many."""
    length = 10 if days <= DAYS_SHOWN else 7
    counts = {tested.rule: _cut(tested.mails, length) for tested in outcome.rules.values() if tested.sent}
    stretches = sorted(set().union(*counts.values()))
    rows = [[stretch, *(str(of[stretch]) for of in counts.values()), str(sum(of[stretch] for of in counts.values()))]
            for stretch in stretches]  # fmt: skip
    return aligned([["mails in" if length == 7 else "mails on", *counts, "all"], *rows]) if rows else ""


def _cut(mails: Counter[str], length: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for day, number in mails.items():
        found[day[:length]] += number
    return found


def _reasons(outcome: Outcome) -> str:
    rows = []
    for tested in outcome.rules.values():
        rows += [
            [tested.rule, "refuse", reason, str(number)] for reason, number in sorted(tested.refused.items())
        ]
        rows += [[tested.rule, "hold", reason, str(number)] for reason, number in sorted(tested.held.items())]
        rows += [[tested.rule, "expire", "expired", str(tested.expired)]] if tested.expired else []
    return aligned([["rule", "decision", "reason", "times"], *rows], left=3) if rows else ""


def _goals(outcome: Outcome) -> str:
    rows = [
        [tested.rule, *_reached(tested.nine), *_reached(tested.tenth)]
        for tested in outcome.rules.values()
        if tested.nine.mails + tested.tenth.mails
    ]
    header = ["reached the goal then", "recipients", "reached", "share", "random tenth", "reached", "share"]
    return f"{aligned([header, *rows])}\n\n{WARNING}" if rows else ""


def _reached(group: Reached) -> list[str]:
    share = "-" if group.share is None else f"{group.share:.1%}"
    over = f" (+{group.open} open)" if group.open else ""
    return [f"{group.mails - group.open}{over}", str(group.reached), share]


def compared(differences: Sequence[Difference], names: tuple[str, str]) -> str:
    """Writes two rulebooks side by side."""
    header = ["mails by rule", *names, "difference", "customers gained", "customers lost"]
    rows = [
        [d.rule, str(d.before), str(d.after), f"{d.change:+d}", str(d.gained), str(d.lost)]
        for d in differences
    ]
    return aligned([header, *rows])


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Sets texts in columns: the first ones to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(w) if n < left else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def plain(outcome: Outcome, notes: Sequence[str]) -> dict[str, Any]:
    """Returns the outcome as docs/backtest.md describes its JSON."""
    return {
        "shop": outcome.shop, "rulebook": outcome.version, "from": str(outcome.first), "to": str(outcome.last),
        "mails": sum(tested.sent for tested in outcome.rules.values()), "silent": outcome.silent,
        "rules": [_plain_rule(tested) for tested in outcome.rules.values()],
        "warning": WARNING.replace("\n", " "), "notes": list(notes),
    }  # fmt: skip


def _plain_rule(tested: Tested) -> dict[str, Any]:
    return {
        "rule": tested.rule, "mails": tested.sent, "customers": len(tested.customers),
        "by_day": dict(sorted(tested.mails.items())), "refused": dict(sorted(tested.refused.items())),
        "held": dict(sorted(tested.held.items())), "expired": tested.expired, "waiting": tested.waiting,
        "goal": {"recipients": _plain_goal(tested.nine), "random_tenth": _plain_goal(tested.tenth)},
    }  # fmt: skip


def _plain_goal(group: Reached) -> dict[str, Any]:
    return {"mails": group.mails, "reached": group.reached, "open": group.open, "share": group.share}


def plain_difference(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    """Returns the two rulebooks side by side as plain values."""
    return [
        {
            "rule": d.rule,
            "before": d.before,
            "after": d.after,
            "difference": d.change,
            "gained": d.gained,
            "lost": d.lost,
        }
        for d in differences
    ]
