"""The console's blueprint: who may enter, in which language and about which shop, and what happens when it fails."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, abort, g, redirect, render_template, request, session, url_for
from flask.globals import request_ctx
from flask_security import current_user
from peewee import DatabaseError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from engine.config import ShopConfig
from engine.config_testing import is_test
from engine.intake.shops import made_test_shops
from engine.reports.voice import Voice
from engine.reports.words import catalogue
from engine.web.app import served
from engine.web.console.people import CONSOLE_LANGUAGES
from engine.web.console.sessions import csrf
from engine.web.pages import TEMPLATES, add_static
from models import Shop

room = Blueprint("console", __name__, template_folder=str(TEMPLATES))
KEYS = {f"console.{name}" for name in ("keys", "make_key", "rotate_key", "revoke_key", "empty_tests")}
OPEN = {"console.choose_language"}  # what needs no login
HARMLESS = OPEN | {"console.choose_shop", "console.account"}  # what viewers may post
FOR_ADMINS = {"console.audit", *KEYS}  # what only they may see


class RowNumber(IntegerConverter):
    """Takes the numbers that a row of either database can have; a longer one is an address that there is not."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=2**63 - 1)


def add(app: Flask) -> None:
    """Adds the pages to an application."""
    app.url_map.converters["row"] = RowNumber
    from engine.web.console import (  # noqa: F401 - each adds its views to the room
        account,
        audit,
        choices,
        customer,
        customers,
        endpoints,
        explain,
        forecast,
        keys,
        mailbox,
        message,
        outbox,
        overview,
        rule,
        rules,
        sources,
        suppression,
        versions,
        visits,
    )

    add_static(app)
    app.register_blueprint(room)
    app.context_processor(_shared)
    app.register_error_handler(HTTPException, fault)


@room.before_request
def _guard() -> Response | None:
    """Lets nobody in without a login, changes nothing without a CSRF token, and nothing at all for viewers."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        csrf.protect()
    local = request.endpoint in (
        "console.mailbox",
        "console.mailbox_json",
        "console.mail",
        "console.mail_html",
    )
    if request.endpoint in OPEN or (local and nearby()):
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if request.method == "POST" and request.endpoint not in HARMLESS and not current_user.may_act():
        abort(403)
    if request.endpoint in FOR_ADMINS and not current_user.is_admin():
        abort(403)
    return None


def nearby() -> bool:
    """Says whether the catcher is in use and somebody on this very machine asks, with no proxy between.

    The name that was asked for must be this machine's own too, else a foreign page could read along (DNS rebinding).
    """
    named = request.host.rsplit(":", 1)[0].strip("[]")
    here = request.remote_addr in ("127.0.0.1", "::1") and named in ("127.0.0.1", "localhost", "::1")
    return served().config.relay.host is None and here and "X-Forwarded-For" not in request.headers


def language() -> str:
    """Returns the reader's language: the user's own, else the one chosen in this session, else the browser's."""
    if current_user.is_authenticated and current_user.language in CONSOLE_LANGUAGES:
        return str(current_user.language)
    chosen = session.get("language")
    return (
        chosen
        if chosen in CONSOLE_LANGUAGES
        else request.accept_languages.best_match(CONSOLE_LANGUAGES) or "en"
    )


def shop() -> ShopConfig:
    """Returns the shop that is looked at: the chosen one, else the first."""
    chosen = session.get("shop")
    return next((each for each in shops() if each.shop == chosen), served().config.shops[0])


def shops() -> list[ShopConfig]:
    """Lists the shops that can be looked at: those of config.yaml, and the test shops that somebody has made."""
    if "shops" not in g:
        g.shops = [*served().config.shops, *made_test_shops(served().config)]
    found: list[ShopConfig] = g.shops
    return found


def shop_id() -> int:
    """Returns the key of that shop's rows; 0, which no shop has, before the store knows it."""
    if "shop_id" not in g:
        row = Shop.get_or_none(Shop.key == shop().shop)
        g.shop_id = row.id if row else 0
    return int(g.shop_id)


def voice() -> Voice:
    """Returns how this reader is spoken to: in their language, in the shop's time."""
    if "voice" not in g:
        g.voice = Voice(catalogue("console"), language(), shop().timezone, served().clock.now())
    found: Voice = g.voice
    return found


def whole_number(name: str) -> int | None:
    """Returns an argument of the address that is a whole number of reasonable size, else None."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None


def _shared() -> dict[str, Any]:
    """Gives every template its words and the frame around the page; public pages bring their own."""
    if request.blueprint not in ("console", "security") and "console_fault" not in g:
        return {}
    return {
        "t": voice(), "shop": shop(), "shops": shops(), "testing": is_test(shop().shop), "me": current_user,
        "languages": [(code, catalogue("console").say(code, "language")) for code in CONSOLE_LANGUAGES],
        "catching": served().config.relay.host is None or len(shops()) > len(served().config.shops),
    }  # fmt: skip


def fault(error: HTTPException) -> Any:
    """Shows what went wrong in the reader's words, in the frame of the console."""
    if error.code is None or error.code < 400 or request_ctx.url_adapter is None:
        return error  # without a Host that is one no link can be made, and every page has some
    code = str(error.code) if catalogue("console").has("en", f"error.{error.code}.title") else "500"
    g.console_fault = True
    try:
        page = render_template("console/fault.html", code=code)
    except DatabaseError:  # the frame itself asks the store who is there
        page = "The store cannot serve now. Please try again in a minute."
    return page, error.code, {"X-Console-Fault": "1"}
