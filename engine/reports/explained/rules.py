"""One rule in sentences: what it waits for, what came of each anchor and why, and what stands between it and the mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from engine.rehearsal.explaining.model import AnchorAsked, NotAnAnchor, RuleAsked, Verdict
from engine.reports.explained.conditions import Line, Mark, condition_lines
from engine.reports.explained.phrases import fact
from engine.reports.explained.voices import Speaker
from engine.reports.sentences import message_sentence, reason_words
from engine.reports.when import when_words
from engine.rulebook.ast import Every, OnDate

ASKED = {True: "yes", False: "no", None: "unknown"}


def rule_lines(found: RuleAsked, by: Speaker) -> Iterator[Line]:
    """Says everything of one rule, its name first."""
    rule = found.rule
    key = "rule.titled" if rule.title and rule.title != rule.id else "rule.plain"
    words = {"rule": rule.id, "when": when_words(rule, by.console)}
    yield Line(by.say(key, **words, **({"title": rule.title} if key == "rule.titled" else {})))
    yield from (Line(text, 1, mark) for text, mark in _standing(found, by))
    for anchor in found.anchors:
        yield from _anchor(anchor, by)
    for other in found.others:
        yield from _other(other, by)
    if found.segment is not None:
        yield Line(by.say("rule.waits"), 1)
        yield from condition_lines(found.segment, by, 2)
    if found.who is not None:
        yield from condition_lines(found.who, by, 1)


def _standing(found: RuleAsked, by: Speaker) -> Iterator[tuple[str, Mark | None]]:
    """Says what is so of the rule whatever its anchors are."""
    rule = found.rule
    if found.paused:
        yield by.say("rule.paused"), "no"
    elif found.acts_since is None:
        yield by.say("rule.off"), "no"
    if found.held_out:
        yield by.say(f"rule.{found.held_out}"), "no"
    if found.stopped is not None and not rule.transactional:
        yield _stopped(found, by), "no"
    elif not rule.transactional and not (found.consent and found.consent.granted):
        yield by.say("rule.no_consent", purpose=rule.purpose), "no"
    if found.next_at is not None:
        yield by.say("rule.next", at=by.when(found.next_at)), None
    if not found.born:
        yield by.say("rule.unborn"), "no"
    elif not found.anchors and not isinstance(rule.trigger, Every | OnDate) and not found.others:
        yield by.say("rule.nothing"), "no"


def _stopped(found: RuleAsked, by: Speaker) -> str:
    assert found.stopped is not None
    at, source = by.when(found.stopped.at), found.stopped.source
    return (
        by.say("rule.stopped", at=at, source=by.source(source))
        if source
        else by.say("rule.stopped_bare", at=at)
    )


def _anchor(anchor: AnchorAsked, by: Speaker) -> Iterator[Line]:
    coming = anchor.verdict.code == "later"
    yield Line(
        f"{_due(anchor, coming, by)} {by.say('anchor.expires', expires=by.when(anchor.expires_at))}", 1
    )
    conditions = [*anchor.unless, *([anchor.who] if anchor.who else [])]
    if conditions and anchor.verdict.code != "before" and not anchor.verdict.decided:
        yield Line(by.say(f"asked.{ASKED[anchor.matches]}", at=by.when(anchor.asked_at)), 2)
        for asked in conditions:
            yield from condition_lines(asked, by, 3, dated=anchor.asked_at == by.say.now)
    if coming and conditions:
        yield Line(by.say(f"anchor.when_due_{ASKED[anchor.matches_when_due]}"), 2)
    for past in _before(anchor):
        yield from (
            Line(text, 2) for text in _verdict(past, by, "held" if past.code == "hold" else past.code)
        )
    yield from (Line(text, 2, _mark(anchor.verdict)) for text in _verdict(anchor.verdict, by))
    if anchor.mail is not None:
        mail = SimpleNamespace(**{name: getattr(anchor.mail, name) for name in anchor.mail.__slots__})
        yield Line(by.say("verdict.mail", state=_small(message_sentence(mail, by.console))), 2)


def _due(anchor: AnchorAsked, coming: bool, by: Speaker) -> str:
    if anchor.named.kind in ("every", "date"):
        return by.say("anchor.moment_comes" if coming else "anchor.moment_was", due=by.when(anchor.due_at))
    key = "anchor.will_be_due" if coming else "anchor.was_due"
    return by.say(key, fact=fact(anchor.named, by), due=by.when(anchor.due_at))


def _before(anchor: AnchorAsked) -> list[Verdict]:
    """Lists what was decided before what stands now, the earliest first."""
    return [verdict for verdict in reversed(anchor.history) if verdict.at != anchor.verdict.at]


def _mark(verdict: Verdict) -> Mark | None:
    return "yes" if verdict.code == "send" else None if verdict.code in ("hold", "later", "yes") else "no"


def _verdict(verdict: Verdict, by: Speaker, key: str = "") -> Iterator[str]:
    """Says one decision, or what would be decided."""
    code, why = verdict.code, reason_words(verdict.reason, verdict.because_of, by.console)
    values: dict[str, str] = {}
    if code in ("no", "unknown", "later"):
        return
    if code in ("send", "hold", "refuse", "expire"):
        key = key or (code if verdict.decided else f"would_{code}")
        values |= {"at": by.when(verdict.at)} if verdict.decided else {}
        values |= {} if code == "send" else {"why": why}
        if code == "hold" and verdict.until_at is not None:
            key, values = f"{key}_until", {**values, "until": by.when(verdict.until_at)}
    else:
        key = code
        values |= {"until": by.when(verdict.until_at)} if code in ("before", "late") else {}
    taken = [by.say("verdict.taken_by", rule=verdict.taken_by)] if verdict.taken_by else []
    yield " ".join([by.say(f"verdict.{key}", **values), *taken])


def _other(other: NotAnAnchor, by: Speaker) -> Iterator[Line]:
    if other.taken_back:
        yield Line(by.say("anchor.taken_back", fact=fact(other.named, by)), 1, "no")
        return
    yield Line(by.say("anchor.other", fact=fact(other.named, by)), 1, "no")
    for asked in other.filters:
        yield from condition_lines(asked, by, 2)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
