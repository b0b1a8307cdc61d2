"""/endpoints: whom this shop tells what happens (webhooks out), how each fares, and what people may do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.config_endpoints import Endpoint as Settings
from engine.notifying.queue import Whose, backlog
from engine.notifying.standing import pause, resume, send_again, send_test
from engine.web.app import served
from engine.web.console.room import room, shop, shop_id
from models import Endpoint, Notice

SHOWN = 10  # messages of each state


@dataclass(frozen=True, slots=True)
class Shown:
    """One endpoint as the page shows it; `settings` are None where config.yaml names it no more."""

    name: str
    settings: Settings | None
    fares: Any
    place: str = ""
    waiting: int = 0
    oldest_at: int | None = None
    notices: dict[str, list[Any]] = field(default_factory=dict)


@room.get("/endpoints")
def endpoints() -> str:
    """Shows every endpoint that config.yaml names or that was ever told something."""
    kept = {
        row.name: row for row in Endpoint.select().where(Endpoint.shop == shop_id()).order_by(Endpoint.name)
    }
    named = {each.name: each for each in shop().endpoints}
    shown = [_shown(name, named.get(name), kept.get(name)) for name in {**named, **kept}]
    return render_template("console/endpoints.html", page="endpoints", shown=shown)


def _shown(name: str, settings: Settings | None, fares: Any) -> Shown:
    mine = (Notice.shop == shop_id()) & (Notice.endpoint == name)
    if settings is None:
        return Shown(name, None, fares, notices=_notices(mine))
    parts = urlsplit(settings.url)  # its path may be as secret as a password
    waiting, oldest = backlog(Whose(shop_id(), shop().shop, settings))
    return Shown(name, settings, fares, f"{parts.scheme}://{parts.netloc}/…", waiting, oldest, _notices(mine))


def _notices(mine: Any) -> dict[str, list[Any]]:
    """Returns the latest messages by what became of them: given up, tried in vain so far, delivered."""
    states = {
        "given_up": Notice.state == "given_up", "tried": (Notice.state == "waiting") & (Notice.attempts > 0),
        "delivered": Notice.state == "delivered",
    }  # fmt: skip
    rows = {
        name: Notice.select().where(mine & state).order_by(Notice.next_at.desc())
        for name, state in states.items()
    }
    return {name: list(found.limit(SHOWN)) for name, found in rows.items()}


@room.post("/endpoints/<name>/test")
def try_endpoint(name: str) -> Response:
    """Sends a test event."""
    here = served()
    send_test(here.store, _whose(name), current_user.email, here.clock.now())
    return _done("endpoints.test_sent")


@room.post("/endpoints/<name>/pause")
def pause_endpoint(name: str) -> Response:
    """Pauses an endpoint, or lets it go on."""
    here, paused = served(), request.form.get("paused") == "yes"
    act = pause if paused else resume
    act(here.store, _whose(name), current_user.email, here.clock.now())
    return _done("endpoints.paused_now" if paused else "endpoints.resumed_now")


@room.post("/endpoints/<name>/again")
def tell_all_again(name: str) -> Response:
    """Sends everything again that was given up."""
    here = served()
    count = send_again(here.store, _whose(name), current_user.email, here.clock.now())
    return _done(("endpoints.again_done", {"count": count}))


@room.post("/endpoints/messages/<row:number>/again")
def tell_again(number: int) -> Response:
    """Sends one message again."""
    found = Notice.get_or_none(Notice.id == number, Notice.shop == shop_id())
    if found is None:
        abort(404)
    here = served()
    count = send_again(here.store, _whose(found.endpoint), current_user.email, here.clock.now(), [number])
    return _done(("endpoints.again_done", {"count": count}))


def _whose(name: str) -> Whose:
    """Returns an endpoint that config.yaml names for this shop; 404 for any other."""
    for settings in shop().endpoints if shop_id() else ():
        if settings.name == name:
            return Whose(shop_id(), shop().shop, settings)
    abort(404)


def _done(said: Any) -> Response:
    flash(said)
    return redirect(url_for("console.endpoints"))
