"""/u/TOKEN: one button for people, and one click for mail programs (RFC 8058)."""

from __future__ import annotations

from typing import Any

from flask import request

from engine.consent import withdraw
from engine.web.app import served
from engine.web.public.door import door, purpose_name, reader_of, show, voice_of

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@door.get("/u/<token>")
def ask_to_unsubscribe(token: str) -> str:
    """Shows the button and changes nothing: scanners and previews open every link of a mail."""
    reader = reader_of(token)
    return show("unsubscribe", reader, done=False, purposes=_named(reader))


@door.post("/u/<token>")
def unsubscribe(token: str) -> str:
    """Withdraws at once, whatever the body says; asking again is as good as the first time.

    Mail programs post `List-Unsubscribe=One-Click` without cookies, so there is nothing to check but the token. Whoever was
    erased is answered alike: there is nothing left to withdraw.
    """
    reader, kept = reader_of(token), served()
    source = "one-click" if ONE_CLICK in request.form.items() else "unsubscribe"
    withdraw(
        kept.store, reader.shop_id, reader.address_id, purposes_of(reader), kept.clock.now(), source,
        request_address=request.remote_addr, customer_id=reader.customer_id,
    )  # fmt: skip
    return show("unsubscribe", reader, done=True, purposes=_named(reader))


def purposes_of(reader: Any) -> list[str]:
    """Lists what unsubscribing withdraws: a mail's own purpose; for a mail about an order, all advertising."""
    if reader.purpose != "transactional":
        return [reader.purpose]
    return [purpose for purpose in served().config.all_purposes() if purpose != "transactional"]


def _named(reader: Any) -> str:
    voice = voice_of(reader)
    return ", ".join(purpose_name(purpose, voice) for purpose in purposes_of(reader))
