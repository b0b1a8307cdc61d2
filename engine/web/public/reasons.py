"""Why somebody got a mail, in plain sentences: what happened, how long before, what was looked at, and what was agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.consent.confirmation import RULE as DOUBLE_OPT_IN
from engine.reports.rulebook import version
from engine.reports.voice import Voice
from engine.rulebook.ast import (
    Condition,
    Duration,
    FactTrigger,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Rule,
    Rulebook,
)
from engine.rulebook.walk import leaves
from engine.web.app import served
from engine.web.public.door import purpose_name
from models import ConsentChange, Line, Product

MOST = 10
MOMENTS = ("every", "date", "membership", "enters", "leaves")
PLACE = ("city", "region", "country")
LOYALTY = ("tier", "points", "earned_points", "points_expire", "reached_tier")
OF_ORDERS = (
    "ordered", "bought", "delivered", "cancelled", "refunded", "anniversary", "runs_out", "rfm", "lifecycle", "clv",
    "chance_alive",
)  # fmt: skip
VISITS = ("viewed", "added_to_cart", "searched", "price_dropped", "back_in_stock", "event")
USED = {
    **dict.fromkeys(PLACE, "place"), **dict.fromkeys(LOYALTY, "loyalty"), **dict.fromkeys(OF_ORDERS, "orders"),
    **dict.fromkeys(VISITS, "visits"), "gender": "gender", "language": "language", "age": "age", "birthday": "birthday",
    "signed_up": "signed_up", "consented": "consent", "withdrew": "consent", "was_sent": "mails", "clicked": "mails",
    "open_complaints": "dialogue",
}  # fmt: skip


def reasons(message: Any, voice: Voice) -> list[str]:
    """Lists, each once, the sentences that answer a customer who asks why."""
    rule = _rule(message)
    told = [voice("why.rule", title=message.title)] if message.title not in (None, message.rule) else []
    told += [_anchor(anchor, message, rule, voice) for anchor in message.anchors[:MOST]]
    told += list(_delay(rule, voice)) if rule else []
    told += list(_chosen(rule, message, voice)) if rule else []
    return list(dict.fromkeys([*told, *_consent(message, voice)]))


def _book(message: Any) -> Rulebook:
    return version(message.version, served().config.all_purposes()) if message.version else Rulebook()


def _rule(message: Any) -> Rule | None:
    """Returns the rule as it stood when the mail was decided; None where that version is no longer kept."""
    return _book(message).rules.get(message.rule)


def _anchor(anchor: Mapping[str, Any], message: Any, rule: Rule | None, voice: Voice) -> str:
    kind, at = str(anchor.get("kind")), voice.day(int(anchor.get("at") or message.decided_at))
    if kind in MOMENTS:
        return voice("anchor.chosen_moment" if rule and rule.who else "anchor.moment")
    if rule and rule.inactive:
        kind = "inactive"
    years = int(anchor.get("years") or 1)
    product = _product(anchor, message)
    if not product and "{product}" in str(voice.words.texts[voice.language].get(f"anchor.{kind}", "")):
        kind = "other"
    words = {"at": at, "product": product, "years": voice("years", count=years, number=years)}
    return voice.known(f"anchor.{kind}", voice("anchor.other", at=at), **words)


def _product(anchor: Mapping[str, Any], message: Any) -> str:
    """Names the product as it was bought; its own full stop would stand beside the sentence's."""
    known = (Line.order == anchor.get("order_id")) & (Line.product == anchor.get("product"))
    line = Line.get_or_none(known) if anchor.get("order_id") else None
    sold = (Product.shop == message.shop_id) & (Product.external_id == anchor.get("product"))
    found = line or (Product.get_or_none(sold) if anchor.get("product") else None)
    return str((found and found.name) or anchor.get("product") or "").rstrip(".")


def _delay(rule: Rule, voice: Voice) -> Iterator[str]:
    if isinstance(rule.trigger, FactTrigger) and rule.trigger.delay:
        key = "silence" if rule.inactive else "before" if rule.trigger.before else "after"
        yield voice(f"why.{key}", span=span(rule.trigger.delay, voice))


def span(duration: Duration, voice: Voice) -> str:
    """Writes a duration as it stands after a preposition: `1 godzinę`, where the calendar alone would say `1 godzina`."""
    return voice(f"span.{duration.unit[:-1]}", count=duration.amount, number=voice.count(duration.amount))


def _chosen(rule: Rule, message: Any, voice: Voice) -> Iterator[str]:
    """Names what was looked at to choose whom to write to."""
    used = sorted({_used(leaf) for leaf in _all_leaves(rule.who, _book(message))})
    if used:
        yield voice("why.chosen", used=", ".join(voice(f"used.{name}") for name in used))


def _all_leaves(condition: Condition | None, book: Rulebook) -> Iterator[Condition]:
    for leaf in leaves(condition):
        if isinstance(leaf, InSegment):
            yield from _all_leaves(book.segments[leaf.segment].condition, book)
        else:
            yield leaf


def _used(leaf: Condition) -> str:
    if isinstance(leaf, HasFact):
        return USED.get(leaf.pattern.kind, "dialogue")
    if isinstance(leaf, Measure):
        return USED.get(leaf.name, "orders")
    if isinstance(leaf, HasConsent):
        return "consent"
    return USED.get(leaf.field, "notes") if isinstance(leaf, FieldIs) else "notes"


def _consent(message: Any, voice: Voice) -> list[str]:
    """Says when the purpose was agreed to before the mail was decided, and whether that still holds."""
    if message.rule == DOUBLE_OPT_IN:
        return [voice("why.confirm")]
    if message.purpose == "transactional":
        return [voice("why.order")]
    name = purpose_name(message.purpose, voice)
    mine = (ConsentChange.customer == message.customer_id) & (ConsentChange.purpose == message.purpose)
    changes = list(
        ConsentChange.select().where(mine).order_by(ConsentChange.at.desc(), ConsentChange.id.desc())
    )
    given = next((change for change in changes if change.granted and change.at <= message.decided_at), None)
    told = []
    if given and given.source:
        source = voice.known(f"source.{given.source}", given.source)
        told.append(voice("why.consent_source", purpose=name, at=voice.day(given.at), source=source))
    elif given:
        told.append(voice("why.consent", purpose=name, at=voice.day(given.at)))
    if changes and not changes[0].granted:
        told.append(voice("why.consent_gone", purpose=name))
    return told
