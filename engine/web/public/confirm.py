"""/y/TOKEN: the owner of a mailbox confirms that it was they who agreed."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from engine.consent.confirmation import Asked, Confirming, asked_about, confirm, confirming
from engine.web.app import served
from engine.web.public.door import door, mail_of, purpose_name, show, voice_of


@door.get("/y/<token>")
def ask_to_confirm(token: str) -> str:
    """Shows what was agreed to, and the button; changes nothing, since scanners open every link of a mail."""
    message, kept = _asking(token), served()
    return _page(message, confirming(kept.store, _asked(message), kept.clock.now()))


@door.post("/y/<token>")
def confirm_consent(token: str) -> str:
    """Confirms at once what still waits, if the mailbox is still the customer's; asking again is as good as the first time."""
    message, kept = _asking(token), served()
    return _page(message, confirm(kept.store, _asked(message), kept.clock.now(), request.remote_addr))


def _asking(token: str) -> Any:
    """Returns the mail that asked; 404 for the token of any other."""
    message = mail_of(token)
    return message if asked_about(message.anchors) else abort(404)


def _asked(message: Any) -> Asked:
    lines = tuple(asked_about(message.anchors))
    return Asked(message.shop_id, message.address_id, message.customer_id, lines)


def _page(message: Any, found: Confirming) -> str:
    voice = voice_of(message)
    named = {
        name: ", ".join(purpose_name(purpose, voice) for purpose in purposes)
        for name, purposes in (("waiting", found.waiting), ("confirmed", found.confirmed))
    }
    return show("confirm", message, moved=found.moved, **named)
