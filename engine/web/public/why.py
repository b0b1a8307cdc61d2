"""/w/TOKEN: why did I get this mail? Told from what the decision saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.reports.voice import Voice
from engine.web.public.door import door, mail_of, purpose_name, show, voice_of
from models import ConsentChange, Line

MOST = 10
MOMENTS = ("every", "date", "membership")


@door.get("/w/<token>")
def why(token: str) -> str:
    """Says what happened that made the shop write, and when the customer agreed to it."""
    message = mail_of(token)
    voice = voice_of(message)
    told = [_anchor(anchor, message, voice) for anchor in message.anchors[:MOST]] + _consent(message, voice)
    at = voice.day(message.settled_at or message.decided_at)
    return show("why", message, at=at, subject=message.subject, sentences=list(dict.fromkeys(told)))


def _anchor(anchor: Mapping[str, Any], message: Any, voice: Voice) -> str:
    kind, at = str(anchor.get("kind")), voice.day(int(anchor.get("at") or message.decided_at))
    if kind in MOMENTS:
        return voice("anchor.moment")
    years = int(anchor.get("years") or 1)
    words = {"at": at, "product": _product(anchor), "years": voice("years", count=years, number=years)}
    return voice.known(f"anchor.{kind}", voice("anchor.other", at=at), **words)


def _product(anchor: Mapping[str, Any]) -> str:
    """Names the product as it was bought; its own full stop would stand beside the sentence's."""
    known = (Line.order == anchor.get("order_id")) & (Line.product == anchor.get("product"))
    line = Line.get_or_none(known) if anchor.get("order_id") else None
    return str((line and line.name) or anchor.get("product") or "").rstrip(".")


def _consent(message: Any, voice: Voice) -> list[str]:
    """Says when the purpose was agreed to before the mail was decided, and whether that still holds."""
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
        told.append(voice("why.consent_source", purpose=name, at=voice.day(given.at), source=given.source))
    elif given:
        told.append(voice("why.consent", purpose=name, at=voice.day(given.at)))
    if changes and not changes[0].granted:
        told.append(voice("why.consent_gone", purpose=name))
    return told
