"""What the public pages share: the mail behind a token, the customer's language, and strict headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from engine.config import LANGUAGES, ShopConfig
from engine.consent.tokens import customer_of
from engine.consent.traces import PREFIX
from engine.consent.wishes import Said
from engine.errors import ConfigError
from engine.reports.voice import Voice
from engine.reports.words import catalogue
from engine.web.app import Served, served
from engine.web.headers import public_headers
from engine.web.pages import TEMPLATES, add_static
from models import Address, Customer, Message, Shop

door = Blueprint("public", __name__, template_folder=str(TEMPLATES))
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


def guard(app: Flask) -> None:
    """Adds the style sheet and, to every answer of these pages, the security headers."""
    add_static(app)
    kept: Served = app.extensions["regulars"]
    headers = public_headers(kept.config.public_url.startswith("https://"))

    def add(response: Response) -> Response:
        if request.blueprint == door.name:
            headers.set_headers(response)
        return response

    app.after_request(add)


def mail_of(token: str) -> Any:
    """Returns the message that a token stands for, with customer, address and shop; 404 for any other."""
    if not TOKEN.fullmatch(token):
        abort(404)
    joined = Message.select(Message, Customer, Address, Shop)
    joined = joined.join(Customer).switch(Message).join(Address).switch(Message).join(Shop)
    return joined.where(Message.token == token).first() or abort(404)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who comes by a signed link of the shop's own pages, and not from a mail."""

    customer: Any
    address: Any
    shop: Any
    token: str
    purpose: str = "transactional"  # unsubscribing from here ends all advertising

    @property
    def shop_id(self) -> int:
        """Returns whose customer it is."""
        return int(self.shop.id)

    @property
    def address_id(self) -> int | None:
        """Returns the mailbox that is chosen for; none where the shop has told none."""
        return self.address.id if self.address else None

    @property
    def customer_id(self) -> int:
        """Returns who it is."""
        return int(self.customer.id)


def reader_of(token: str) -> Any:
    """Returns the mail that a token stands for, or whoever comes by a signed link; 404 for any other."""
    number = customer_of(served().store.secret, token)
    if number is None:
        return mail_of(token)
    customer = Customer.get_or_none(Customer.id == number) or abort(404)
    return Reader(customer, customer.address, customer.shop, token)


def is_forgotten(reader: Any) -> bool:
    """Says that the mailbox's owner was erased: all that is left of the address is a digest, which nobody is shown."""
    return reader.address is None or str(reader.address.email).startswith(PREFIX)


def said_here(reader: Any, source: str) -> Said:
    """Returns who says something on a page, for the ledger."""
    return Said(reader.shop_id, source, reader.address_id, reader.customer_id, request.remote_addr)


def shop_of(message: Any) -> ShopConfig:
    """Returns what the config says of the mail's shop; 404 where the shop is no longer here."""
    try:
        return served().config.shop(message.shop.key)
    except ConfigError:
        abort(404)


def voice_of(message: Any | None) -> Voice:
    """Returns how the customer is spoken to: in their own language, else the shop's, else the browser's."""
    said = (message.customer.language or message.shop.language) if message else None
    language = said if said in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"
    zone = message.customer.zone if message else served().config.shops[0].timezone
    return Voice(catalogue("public"), language, zone, served().clock.now())


def purpose_name(purpose: str, voice: Voice) -> str:
    """Names a purpose in plain words; one that the operator made up stands for itself."""
    return voice.known(f"purpose.{purpose}", purpose)


def show(template: str, message: Any, **more: Any) -> str:
    """Fills in a page for the customer of a mail."""
    fields = {"t": voice_of(message), "shop": shop_of(message), "token": message.token}
    return render_template(f"public/{template}.html", **{**fields, **more})


@door.errorhandler(HTTPException)
def _gone(error: HTTPException) -> Any:
    """Says that a link leads nowhere, in the browser's language, without saying why."""
    if error.code not in (400, 404):
        return error
    return render_template("public/gone.html", t=voice_of(None), shop=None), error.code
