"""/c/TOKEN: a counted link of a mail. It leads to where the link led, and nowhere else, whatever stands behind the token."""

from __future__ import annotations

from typing import Any

import structlog
from flask import abort, redirect, request
from peewee import DatabaseError
from werkzeug.wrappers import Response

from engine.delivery.clicks import WEB, read_token
from engine.feedback.clicks import note_click
from engine.feedback.machines import machine_by_request
from engine.web.app import served
from engine.web.public.door import door, shop_of
from engine.web.public.visiting import with_visit
from models import Customer, Link, Message, Shop

log = structlog.get_logger()


@door.get("/c/<token>", defaults={"said": ""})
@door.get("/c/<token>/<path:said>", merge_slashes=False)
def follow(token: str, said: str) -> Response:
    """Sends the reader on. `said` is only for people who look at a link before they follow it."""
    named = read_token(served().store.secret, token)
    if named is None:
        abort(404)
    message, link = _mail(named[0]), Link.get_or_none(Link.id == named[1])
    if message is not None and request.method == "GET":
        _note(message, link)
    return redirect(_told(message, _target(message, link)), 302)


def _mail(number: int) -> Any:
    joined = Message.select(Message, Customer, Shop).join(Customer).switch(Message).join(Shop)
    return joined.where(Message.id == number).first()


def _target(message: Any, link: Link | None) -> str:
    """Returns where the link led; where nobody knows any more (it was an erased customer's own), the shop's pages."""
    ours = link if message is None or link is None or message.shop_id == link.shop_id else None
    if ours is not None and WEB.fullmatch(ours.url):
        return str(ours.url)
    return shop_of(message).website if message is not None else abort(404)


def _told(message: Any, url: str) -> str:
    """Adds who comes, for a person's browser alone, where config and customer allow it; never at the cost of the page."""
    if message is None or machine_by_request(dict(request.headers)) is not None:
        return url
    kept = served()
    try:
        return with_visit(url, shop_of(message), message.customer, kept.store.secret, kept.clock.now())
    except (DatabaseError, ValueError) as error:
        log.warning("visit not told", error=type(error).__name__)
        return url


def _note(message: Any, link: Link | None) -> None:
    """Notes the click; a store that cannot write now keeps nobody from the page they want to see."""
    kept = served()
    try:
        with kept.store.transaction():
            note_click(message, link.id if link else None, dict(request.headers), kept.clock.now())
    except DatabaseError as error:
        log.warning("click not noted", error=type(error).__name__)
