"""POST /language and /shop: what the reader chooses in the header."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, request, session
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.web.console.people import CONSOLE_LANGUAGES
from engine.web.console.room import room, shops
from models import User


@room.post("/language")
def choose_language() -> Response:
    """Speaks another language from now on; a user's choice is kept."""
    chosen = request.form.get("language", "")
    if chosen in CONSOLE_LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            User.update(language=chosen).where(User.id == current_user.id).execute()
    return redirect(back())


@room.post("/shop")
def choose_shop() -> Response:
    """Looks at another shop from now on."""
    chosen = request.form.get("shop", "")
    if chosen in {shop.shop for shop in shops()}:
        session["shop"] = chosen
    return redirect("/")


def back() -> str:
    """Returns the page that the form stood on, if it is one of ours."""
    there = urlsplit(request.referrer or "")
    if there.netloc != request.host or not there.path.startswith("/") or there.path.startswith("//"):
        return "/"
    return there.path + (f"?{there.query}" if there.query else "")
