"""/y/TOKEN: the owner of a mailbox confirms that it was they who agreed."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from engine.consent.confirmation import Confirming, asked_about, confirm, confirming
from engine.web.app import served
from engine.web.public.door import door, mail_of, purpose_name, show, voice_of


@door.get("/y/<token>")
def ask_to_confirm(token: str) -> str:
    """Shows what was agreed to, and the button; changes nothing, since scanners open every link of a mail."""
    message = _asking(token)
    now = served().clock.now()
    return _page(message, confirming(message.customer_id, asked_about(message.anchors), now))


@door.post("/y/<token>")
def confirm_consent(token: str) -> str:
    """Confirms at once what still waits; asking again is as good as the first time."""
    message, kept = _asking(token), served()
    lines, now = asked_about(message.anchors), kept.clock.now()
    done = confirm(
        kept.store, message.shop_id, message.address_id, message.customer_id, lines, now, request.remote_addr
    )  # fmt: skip
    return _page(message, done)


def _asking(token: str) -> Any:
    """Returns the mail that asked; 404 for the token of any other."""
    message = mail_of(token)
    return message if asked_about(message.anchors) else abort(404)


def _page(message: Any, found: Confirming) -> str:
    voice = voice_of(message)
    named = {
        name: ", ".join(purpose_name(purpose, voice) for purpose in purposes)
        for name, purposes in (("waiting", found.waiting), ("confirmed", found.confirmed))
    }
    return show("confirm", message, **named)
