"""/w/TOKEN: why did I get this mail? And a way to stop just that."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from engine.consent import granted, stop_rule, withdraw
from engine.consent.stops import allow_rule, stopped_at
from engine.web.app import served
from engine.web.public.door import door, mail_of, purpose_name, show, voice_of
from engine.web.public.reasons import reasons

SOURCE = "why"


@door.get("/w/<token>")
def why(token: str) -> str:
    """Says what happened that made the shop write, and when the customer agreed to it; changes nothing."""
    return _page(mail_of(token))


@door.post("/w/<token>")
def stop(token: str) -> str:
    """Stops this rule's mails, or their whole purpose, from this moment on; asking again is as good as the first time."""
    message, asked, kept = mail_of(token), request.form.get("stop", ""), served()
    if message.purpose == "transactional" or asked not in ("rule", "purpose", "again"):
        abort(400)
    now, address, whose = kept.clock.now(), message.address_id, message.customer_id
    if asked == "rule":
        stop_rule(kept.store, message.shop_id, address, message.rule, now, SOURCE, whose)
    elif asked == "again":
        allow_rule(kept.store, message.shop_id, address, message.rule, now, SOURCE, whose)
    else:
        withdraw(kept.store, message.shop_id, address, [message.purpose], now, SOURCE, customer_id=whose)
    return _page(message, asked)


def _page(message: Any, done: str = "") -> str:
    voice = voice_of(message)
    advertising = message.purpose != "transactional" and message.customer.erased_at is None
    stopped = stopped_at(message.customer_id, message.rule, voice.now) if advertising else None
    agreed = advertising and granted(message.customer_id, message.purpose, voice.now)
    return show(
        "why", message, at=voice.day(message.settled_at or message.decided_at), subject=message.subject,
        sentences=reasons(message, voice), done=done, stopped=stopped and voice.day(stopped), agreed=agreed,
        advertising=advertising, title=message.title or message.subject or message.rule,
        purpose=purpose_name(message.purpose, voice),
    )  # fmt: skip
