"""/account: who is logged in, and a new password."""

from __future__ import annotations

from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask import abort, flash, redirect, render_template, request
from flask_security import current_user, login_user
from werkzeug.wrappers import Response

from engine.audit import write_down
from engine.web.app import served
from engine.web.console.accounts import ConsoleUser
from engine.web.console.people import LONGEST_PASSWORD, SHORTEST_PASSWORD, set_password
from engine.web.console.room import room


@room.route("/account", methods=["GET", "POST"])
def account() -> Response | str:
    """Shows the account, and changes its password, which ends all its other sessions."""
    wrong = ""
    if request.method == "POST":
        old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
        if len(normalize("NFKD", new[: LONGEST_PASSWORD + 1])) > LONGEST_PASSWORD:
            abort(400)
        wrong = _wrong(old, new, again)
        if not wrong:
            _change(new)
            flash("account.changed")
            return redirect("/account")
    return render_template("console/account.html", page="account", wrong=wrong)


def _wrong(old: str, new: str, again: str) -> str:
    """Returns the key of what is wrong with the three passwords, or nothing."""
    if not _is_mine(old):
        return "account.wrong"
    if len(new) < SHORTEST_PASSWORD:
        return "account.short"
    return "" if new == again else "account.differ"


def _is_mine(password: str) -> bool:
    try:
        return PasswordHasher().verify(current_user.password, normalize("NFKD", password))
    except (Argon2Error, InvalidHashError):
        return False


def _change(password: str) -> None:
    me = current_user.id
    with served().store.transaction():
        set_password(current_user, password)
        write_down(current_user.email, "password", current_user.email, served().clock.now())
    login_user(ConsoleUser.get_by_id(me))
