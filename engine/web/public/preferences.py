"""/p/TOKEN: what the shop may send to this address: purpose by purpose, how often, from when on, and by what it chooses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import abort, request

from engine import calendar
from engine.consent import withdraw
from engine.consent.agreeing import agree
from engine.consent.standing import Standing, standings
from engine.consent.wishes import (
    LONGEST_PAUSE_DAYS,
    OFFERED,
    allow_profiling,
    object_to_profiling,
    pause_until,
    wish_fewer,
)
from engine.web.app import served
from engine.web.public.door import (
    door,
    is_forgotten,
    purpose_name,
    reader_of,
    said_here,
    shop_of,
    show,
    voice_of,
)
from models import Customer

ALL, USUAL, SOURCE = "*", "usual", "preferences"
PAUSES = (14, 30, 90)  # days that a reader may choose without a calendar


@door.get("/p/<token>")
def preferences(token: str) -> str:
    """Shows each purpose and whether it was agreed to, and what else can be wished."""
    return _page(reader_of(token), saved=False)


@door.post("/p/<token>")
def save_preferences(token: str) -> str:
    """Does the one thing that a button of the page says, for everybody who shares the address, and for whom the mail was."""
    reader, form = reader_of(token), request.form
    acts = [act for name, act in ACTS.items() if name in form]
    if len(acts) != 1 or is_forgotten(reader):
        abort(400)
    acts[0](reader, served().clock.now())
    return _page(reader, saved=True)


def _purposes() -> list[str]:
    return [purpose for purpose in served().config.all_purposes() if purpose != "transactional"]


def _withdraw(reader: Any, now: int) -> None:
    asked = request.form["withdraw"]
    wanted = _purposes() if asked == ALL else [purpose for purpose in _purposes() if purpose == asked]
    if not wanted:
        abort(400)
    withdraw(
        served().store, reader.shop_id, reader.address_id, wanted, now, SOURCE,
        request_address=request.remote_addr, customer_id=reader.customer_id,
    )  # fmt: skip


def _agree(reader: Any, now: int) -> None:
    purpose, voice = request.form["agree"], voice_of(reader)
    if purpose not in _purposes() or not _reachable(reader):
        abort(400)
    wording, version = _wording(purpose, reader, voice), f"page of choices, {voice.language}"
    agree(served().store, said_here(reader, SOURCE), purpose, now, wording, version)


def _often(reader: Any, now: int) -> None:
    wishes = {USUAL: None, **{wish.words: wish for wish in OFFERED}}
    asked = request.form["often"]
    if asked not in wishes:
        abort(400)
    wish_fewer(served().store, said_here(reader, SOURCE), wishes[asked], now)


def _pause(reader: Any, now: int) -> None:
    """Pauses for some days, until the first moment of a date, or no longer; a date that is past or far away is none."""
    today, asked = calendar.local(now, reader.customer.zone).date(), request.form["pause"]
    if asked == "over":
        pause_until(served().store, said_here(reader, SOURCE), None, now)
        return
    chosen = timedelta(days=int(asked)) if asked in map(str, PAUSES) else None
    day = today + chosen if chosen else _date(request.form.get("until"))
    if not today < day <= today + timedelta(days=LONGEST_PAUSE_DAYS):
        abort(400)
    until_at = calendar.at_clock_time(day, 0, reader.customer.zone)
    pause_until(served().store, said_here(reader, SOURCE), until_at, now)


def _date(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        abort(400)


def _profiling(reader: Any, now: int) -> None:
    act = {"object": object_to_profiling, "allow": allow_profiling}.get(request.form["profiling"])
    if act is None:
        abort(400)
    act(served().store, said_here(reader, SOURCE), now)


ACTS = {"withdraw": _withdraw, "agree": _agree, "often": _often, "pause": _pause, "profiling": _profiling}


def _wording(purpose: str, reader: Any, voice: Any) -> str:
    """Returns what stands beside the button: it tells no address, for it stays when the reader is erased."""
    return str(voice("preferences.wording", shop=shop_of(reader).name, purpose=purpose_name(purpose, voice)))


def _page(reader: Any, saved: bool) -> str:
    if is_forgotten(reader):
        return show("forgotten", reader)
    voice = voice_of(reader)
    everybody = _standings(reader, voice.now)
    choices = [
        (purpose, purpose_name(purpose, voice), _state(purpose, everybody), _wording(purpose, reader, voice))
        for purpose in _purposes()
    ]
    today = calendar.local(voice.now, reader.customer.zone).date()
    return show(
        "preferences", reader, saved=saved, choices=choices, address=reader.address.email,
        said=everybody[0] if everybody else Standing(), pauses=PAUSES, wishes=[wish.words for wish in OFFERED],
        usual=USUAL, first_day=today + timedelta(days=1), last_day=today + timedelta(days=LONGEST_PAUSE_DAYS),
        reachable=_reachable(reader),
    )  # fmt: skip


def _standings(reader: Any, now: int) -> list[Standing]:
    """Returns what each customer of the mailbox has said, the reader first, who may have moved away since the mail."""
    away = (Customer.id == reader.customer_id) & Customer.erased_at.is_null()
    found = Customer.select(Customer.id).where(_at_home(reader) | away).tuples()
    customers = sorted((key for (key,) in found), key=lambda key: (key != reader.customer_id, key))
    said = standings(sorted(customers), now)
    return [said.get(key, Standing()) for key in customers]


def _at_home(reader: Any) -> Any:
    return (Customer.shop == reader.shop_id) & (Customer.address == reader.address_id)


def _reachable(reader: Any) -> bool:
    """Says that somebody could agree to mails here: the mailbox gets mail, and is a customer's."""
    free = reader.address.suppressed_at is None
    return free and bool(Customer.select().where(_at_home(reader)).exists())


def _state(purpose: str, everybody: list[Standing]) -> str:
    """Says how it stands with a purpose: agreed to, by a sale alone, waiting to be confirmed, or not at all."""
    for state, name in (("yes", "consents"), ("soft", "soft"), ("waiting", "pending")):
        if any(purpose in getattr(standing, name) for standing in everybody):
            return state
    return "no"
