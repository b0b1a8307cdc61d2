"""What a rule's mails led to, as rows and one sentence for people: with the held out beside, and what chance may do."""

from __future__ import annotations

from dataclasses import dataclass

from babel import numbers

from engine.feedback.clicks import clicked_mails
from engine.feedback.lift import FEWEST, Lift, lift, share, wilson
from engine.feedback.results import Group, results
from engine.matching.view import View
from engine.reports.stretch import last_days
from engine.reports.voice import Voice
from engine.reports.when import filter_words
from engine.rulebook.ast import Rule

DAYS = 90


@dataclass(frozen=True, slots=True)
class Row:
    """One group: how many customers, how many reached the goal, which share that is, and what each brought."""

    name: str
    customers: int
    successes: int
    share: str
    between: str  # where the share of many more such customers would lie
    revenue: str  # per customer


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of one rule."""

    goal: str
    sent: int
    led: int  # of these; worked out from a sample where `every` is more than 1
    open: int
    every: int
    rows: tuple[Row, ...]
    said: str  # what to make of it
    clicked: int | None  # mails that a person has clicked; None where nobody counts
    returned: tuple[tuple[str, str, int], ...]  # what came back: the kind, its name, and how many mails


def outcome(view: View, rule: Rule, voice: Voice) -> Outcome:
    """Returns the results of a rule in the last 90 days of the shop."""
    kept = view.config.limits.decisions_days  # who was held out longer ago is not known any more
    stretch = last_days(view.now, min(DAYS, kept), view.shop.timezone)
    found = results(view, rule, stretch.start_at, stretch.end_at)
    currency = view.shop.currency
    rows = [_row(voice("results.mailed"), found.mailed, voice, currency)]
    rows += [
        _row(voice("results.variant", name=name), group, voice, currency)
        for name, group in found.variants.items()
    ]
    if found.held_out.shown:
        rows.append(_row(voice("results.held_out"), found.held_out, voice, currency))
    return Outcome(
        goal_words(rule, voice), found.sent, found.mailed.led * found.every, found.mailed.open + found.held_out.open,
        found.every, tuple(rows), _said(lift(found.mailed, found.held_out), found.held_out, voice),
        clicked_mails(view.shop_id, rule.id, stretch.start_at, stretch.end_at) if rule.clicks else None,
        tuple((kind, voice.known(f"results.returned.{kind}", kind), n) for kind, n in found.returned.items()),
    )  # fmt: skip


def goal_words(rule: Rule, voice: Voice) -> str:
    """Says what counts as success: `a purchase (optics) within 14 days of the mail`."""
    kind = rule.goal.pattern.kind
    fact = voice.known(f"goal.{kind}", kind.replace("_", " ")) + filter_words(rule.goal.pattern)
    return voice("results.goal", fact=fact, duration=voice.duration(rule.goal.within))


def _row(name: str, group: Group, voice: Voice, currency: str) -> Row:
    if not group.customers:
        return Row(name, 0, 0, "–", "", "–")
    low, high = wilson(group.successes, group.customers)
    between = voice("results.between", low=_percent(low, voice), high=_percent(high, voice))
    each = voice.money(round(group.revenue_minor / group.customers), currency)
    return Row(name, group.customers, group.successes, _percent(share(group), voice), between, each)


def _said(found: Lift, held_out: Group, voice: Voice) -> str:
    if found.word == "nobody":
        return voice("results.waiting" if held_out.shown else "results.nobody")
    return voice(
        f"results.{found.word}", fewest=FEWEST,
        difference=_points(found.difference, voice).lstrip("+−" if found.word in ("more", "less") else ""),
        low=_points(found.low, voice), high=_points(found.high, voice), orders=voice.count(round(abs(found.orders))),
    )  # fmt: skip


def _percent(part: float, voice: Voice) -> str:
    return str(
        numbers.format_percent(
            part, "#,##0.0\xa0%" if voice.language != "en" else "#,##0.0%", locale=voice.language
        )
    )


def _points(part: float, voice: Voice) -> str:
    return str(numbers.format_decimal(part * 100, "+0.0;−0.0", locale=voice.language))
