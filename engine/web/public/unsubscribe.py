"""/u/TOKEN: one button for people, and one click for mail programs (RFC 8058)."""

from __future__ import annotations

from typing import Any

from engine.consent import withdraw
from engine.web.app import served
from engine.web.public.door import door, mail_of, purpose_name, show, voice_of


@door.get("/u/<token>")
def ask_to_unsubscribe(token: str) -> str:
    """Shows the button and changes nothing: scanners and previews open every link of a mail."""
    message = mail_of(token)
    return show("unsubscribe", message, done=False, purposes=_named(message))


@door.post("/u/<token>")
def unsubscribe(token: str) -> str:
    """Withdraws at once, whatever the body says; asking again is as good as the first time.

    Mail programs post `List-Unsubscribe=One-Click` without cookies, so there is nothing to check but the token.
    """
    message, kept = mail_of(token), served()
    now = kept.clock.now()
    withdraw(kept.store, message.shop_id, message.address_id, purposes_of(message), now, "unsubscribe")
    return show("unsubscribe", message, done=True, purposes=_named(message))


def purposes_of(message: Any) -> list[str]:
    """Lists what a mail's unsubscribing withdraws: its own purpose; for a mail about an order, all advertising."""
    if message.purpose != "transactional":
        return [message.purpose]
    return [purpose for purpose in served().config.all_purposes() if purpose != "transactional"]


def _named(message: Any) -> str:
    voice = voice_of(message)
    return ", ".join(purpose_name(purpose, voice) for purpose in purposes_of(message))
