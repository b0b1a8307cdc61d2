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
from engine.tallies import tallies
from engine.web.proxies import Believed

VERSION = "1.0.0"
API_PATHS = ("/api/", "/webhooks/", "/health", "/metrics", "/openapi.json", "/docs", "/collect/", "/js/")
ROOMS = ("engine.web.public", "engine.web.schemas", "engine.web.console")


@dataclass(frozen=True, slots=True)
class Served:
    """What every view may ask for, with `served()`."""

    config: Config
    store: Store
    clock: Clock


def create_app(config: Config, store: Store, clock: Clock, **settings: Any) -> Flask:
    """Returns the application over one store; `settings` are Flask's own (SECRET_KEY, …).

    The API is an application of its own behind the same door, so that an order does not pay for sessions and logins;
    without a SECRET_KEY Flask does not even look for a session.
    """
    app = Flask("regulars", static_folder=None)
    api = APIFlask("regulars", "Regulars", VERSION, spec_path=None, docs_path=None, json_errors=False)
    app.extensions["regulars"] = Served(config, store, clock)
    app.extensions["api"] = api  # for whoever asks which addresses there are
    api.extensions = app.extensions
    for part in (app, api):
        part.config.update(settings, MAX_CONTENT_LENGTH=config.limits.body_bytes)
    api.config["SECRET_KEY"] = None
    for machines in ("engine.web.api", "engine.web.webhooks", "engine.web.collect"):
        _register(api, machines)
    for room in ROOMS:
        _register(app, room)
    app.wsgi_app = _using(store, Believed(config, _through(api.wsgi_app, app.wsgi_app)))  # type: ignore[method-assign]
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


def _through(api: Any, pages: Any) -> Any:
    """Sends each request to the API or to the pages for people, by its path."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        chosen = api if environ.get("PATH_INFO", "").startswith(API_PATHS) else pages
        return chosen(environ, start_response)

    return answer


def _counted(start_response: Any) -> Any:
    """Counts answers by the hundred of their status, for /metrics."""

    def start(status: str, *rest: Any) -> Any:
        tallies.add("http_responses", status=f"{status[:1]}xx")
        return start_response(status, *rest)

    return start


def _using(store: Store, inner: Any) -> Any:
    """Wraps the application so that each request has a connection of its own, given back at its end.

    Where the store is away the request goes on without one: its own errors say so, as they do when it fails later.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with store.use(reachable=False):
            response: Iterable[bytes] = inner(environ, _counted(start_response))
        return response

    return answer
