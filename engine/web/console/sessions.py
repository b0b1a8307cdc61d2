"""Logins and logouts: written down, and a logout ends what it says it ends."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from flask import Flask, abort, request
from flask_security import current_user
from flask_wtf import CSRFProtect

from engine.audit import write_down
from engine.web.app import served
from engine.web.console.people import LONGEST_PASSWORD, end_sessions
from models import User

csrf = CSRFProtect()  # asked where something is about to change, see room.py


def watch(app: Flask) -> None:
    """Puts the log before login and logout, and lets a logout end every session of the user.

    A session is a signed cookie: without this, a copy of it would open the console for days after the logout.
    """
    for name, watched in (("security.login", _login), ("security.logout", _logout)):
        app.view_functions[name] = _around(app.view_functions[name], watched)


def _around(view: Any, watched: Any) -> Any:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return watched(lambda: view(*args, **kwargs))

    return answer


def _login(go_on: Any) -> Any:
    """Writes down who got in, and whose password was tried in vain; a name that nobody has is nobody's business."""
    _demand_a_password()
    before = current_user.is_authenticated
    answer = go_on()
    if request.method != "POST" or before:
        return answer
    if current_user.is_authenticated:
        _note(current_user.email, "login")
    else:
        tried = User.get_or_none(User.email == request.form.get("email", "").strip().lower()[:320])
        if tried is not None:
            _note(tried.email, "login refused")
    return answer


def _demand_a_password() -> None:
    """Refuses what nobody would type: the library that compares passwords breaks over longer ones, once they are taken apart."""
    if len(normalize("NFKD", request.form.get("password", "")[: LONGEST_PASSWORD + 1])) > LONGEST_PASSWORD:
        abort(400)


def _logout(go_on: Any) -> Any:
    if request.method == "POST":
        csrf.protect()  # else Flask-Security would ask again on a page of its own
    me = (current_user.id, current_user.email) if current_user.is_authenticated else None
    answer = go_on()
    if me and not current_user.is_authenticated:
        with served().store.transaction():
            end_sessions(me[0])
            _note(me[1], "logout")
    return answer


def _note(email: str, act: str) -> None:
    write_down(email, act, email, served().clock.now(), address=request.remote_addr)
