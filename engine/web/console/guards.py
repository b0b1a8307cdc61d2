"""What stands before the console: sessions, login and its limits, CSRF, and security headers."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Response, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security

from engine.web.app import Served
from engine.web.console import sessions
from engine.web.console.accounts import datastore
from engine.web.headers import console_headers, mail_headers

LOGINS_OF_ADDRESS, LOGINS_OF_USER = "20 per minute", "10 per minute"
SESSION_SECONDS = 14 * 24 * 3600


def install(app: Flask) -> None:
    """Puts sessions, login, CSRF and headers before the console; the API and the public pages need none of them."""
    served: Served = app.extensions["regulars"]
    https = served.config.public_url.startswith("https://")
    app.config.update(_settings(https, app.config.get("SECRET_KEY")))
    sessions.csrf.init_app(app)
    Security(app, datastore(), register_blueprint=True)
    app.login_manager.request_loader(None)  # type: ignore[attr-defined]  # a session alone says who it is, and no body
    sessions.watch(app)
    app.before_request(_demand_text)
    _limit_logins(app)
    _add_headers(app, https)


def _settings(https: bool, key: Any) -> dict[str, Any]:
    return {
        # without the home's key (only tests and rehearsals) sessions last as long as this process
        "SECRET_KEY": key or secrets.token_hex(32),
        "SESSION_COOKIE_NAME": "__Host-regulars" if https else "regulars",
        "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax", "SESSION_COOKIE_SECURE": https,
        "PERMANENT_SESSION_LIFETIME": SESSION_SECONDS,
        "WTF_CSRF_CHECK_DEFAULT": False, "WTF_CSRF_TIME_LIMIT": None,
        "SECURITY_PASSWORD_HASH": "argon2", "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": True, "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        "SECURITY_LOGIN_USER_TEMPLATE": "console/login.html", "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_LOGOUT_CSRF": True, "SECURITY_POST_LOGOUT_VIEW": "/login", "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True, "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_API_ENABLED_METHODS": ["session"], "SECURITY_STATIC_FOLDER": None,
        "SECURITY_FRESHNESS": timedelta(seconds=-1),  # its page to verify oneself is none of ours
        "RATELIMIT_STORAGE_URI": "memory://",
    }  # fmt: skip


def _demand_text() -> None:
    """Refuses a form with NUL in it, which PostgreSQL cannot even be asked for."""
    if request.method == "POST" and any("\0" in text for _, text in request.form.items(multi=True)):
        abort(400)


def _limit_logins(app: Flask) -> None:
    """Slows guessing down, by the caller's address and by the user's; each web process counts for itself."""
    limiter = Limiter(get_remote_address, app=app, strategy="moving-window")
    login: Any = app.view_functions["security.login"]
    login = limiter.limit(LOGINS_OF_ADDRESS, methods=["POST"])(login)
    app.view_functions["security.login"] = limiter.limit(LOGINS_OF_USER, methods=["POST"], key_func=_who)(
        login
    )


def _who() -> str:
    return "user " + request.form.get("email", "").strip().lower()[:320]


def _add_headers(app: Flask, https: bool) -> None:
    page, mail = console_headers(https), mail_headers()

    def add(response: Response) -> Response:
        if _taken(response, "X-Shown-Mail"):
            mail.set_headers(response)
        elif request.blueprint in ("console", "security") or _taken(response, "X-Console-Fault"):
            page.set_headers(response)
        return response

    app.after_request(add)


def _taken(response: Response, name: str) -> bool:
    """Takes a word of a view to this file off the response; says whether it was there."""
    return response.headers.pop(name, "") != ""
