"""/p/TOKEN: what the shop may send to this address, purpose by purpose."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from engine.consent import granted, withdraw
from engine.web.app import served
from engine.web.public.door import door, mail_of, purpose_name, show, voice_of
from models import Customer

ALL = "*"


@door.get("/p/<token>")
def preferences(token: str) -> str:
    """Shows each purpose and whether it was agreed to."""
    return _page(mail_of(token), saved=False)


@door.post("/p/<token>")
def save_preferences(token: str) -> str:
    """Withdraws one purpose, or all of them, for everybody who shares the address."""
    message, asked = mail_of(token), request.form.get("withdraw", "")
    wanted = _purposes() if asked == ALL else [purpose for purpose in _purposes() if purpose == asked]
    if not wanted:
        abort(400)
    kept = served()
    withdraw(kept.store, message.shop_id, message.address_id, wanted, kept.clock.now(), "preferences")
    return _page(message, saved=True)


def _purposes() -> list[str]:
    return [purpose for purpose in served().config.all_purposes() if purpose != "transactional"]


def _page(message: Any, saved: bool) -> str:
    voice = voice_of(message)
    mine = (Customer.shop == message.shop_id) & (Customer.address == message.address_id)
    customers = [key for (key,) in Customer.select(Customer.id).where(mine).tuples()]
    choices = [
        (purpose, purpose_name(purpose, voice), any(granted(key, purpose, voice.now) for key in customers))
        for purpose in _purposes()
    ]
    return show("preferences", message, saved=saved, choices=choices, address=message.address.email)
