"""Makes the web application of one process: the API, and the console and public pages where they are built in."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from apiflask import APIFlask
from flask import Flask, current_app

from engine.clock import Clock
from engine.config import Config
from engine.store import Store

VERSION = "1.0.0"
ROOMS = ("engine.web.api", "engine.web.public", "engine.web.console", "engine.web.webhooks")


@dataclass(frozen=True, slots=True)
class Served:
    """What every view may ask for, with `served()`."""

    config: Config
    store: Store
    clock: Clock


def create_app(config: Config, store: Store, clock: Clock, **settings: Any) -> Flask:
    """Returns the application over one store; `settings` are Flask's own (SECRET_KEY, …)."""
    app = APIFlask("regulars", "Regulars", VERSION, docs_path=None, json_errors=False)
    app.config.update(MAX_CONTENT_LENGTH=config.limits.body_bytes, SYNC_LOCAL_SPEC=False)
    app.config.update(settings)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["regulars"] = Served(config, store, clock)
    for room in ROOMS:
        _register(app, room)
    for blueprint in app.blueprints.values():  # Flask's own are for people: the API's document leaves them out
        if not hasattr(blueprint, "enable_openapi"):
            blueprint.enable_openapi = False  # type: ignore[attr-defined]
    app.wsgi_app = _using(store, app.wsgi_app)  # type: ignore[method-assign]
    return app


def served() -> Served:
    """Returns the config, store and clock of the application that answers this request."""
    found: Served = current_app.extensions["regulars"]
    return found


def wake(app: Flask) -> None:
    """Tells the clock that something was learned, where server.py has set `app.extensions["wake"]`."""
    ring: Callable[[], object] | None = app.extensions.get("wake")
    if ring is not None:
        ring()


def _register(app: Flask, room: str) -> None:
    """Adds a part that is there: its own `register(app)`, else its `blueprint`."""
    if importlib.util.find_spec(room) is None:
        return
    part = importlib.import_module(room)
    if hasattr(part, "register"):
        part.register(app)
    elif hasattr(part, "blueprint"):
        app.register_blueprint(part.blueprint)


def _using(store: Store, inner: Any) -> Any:
    """Wraps the application so that each request has a connection of its own, given back at its end."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with store.use():
            response: Iterable[bytes] = inner(environ, start_response)
        return response

    return answer
