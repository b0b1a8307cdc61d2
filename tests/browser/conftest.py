"""One served shop for the session: the real application behind a real HTTP server, looked at with a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from engine.config import Config
from engine.config_endpoints import Endpoint
from engine.store import Store, open_store
from engine.web.app import create_app
from engine.web.console.people import create_user
from tests.security.conftest import full_shop
from tests.web.shopful import NOW, Still, config

KEY = b"a secret of the home"
PASSWORD = "correct horse battery"
HOSTILE = """"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}<svg/onload=alert(3)>"""


class Quiet(WSGIRequestHandler):
    """Serves without a word on the terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing."""


@dataclass(frozen=True)
class Site:
    """A served shop."""

    url: str
    store: Store
    app: Flask

    def at(self, path: str) -> str:
        """The address of a page."""
        return self.url + path


def telling() -> Config:
    """The configuration of the optician, who tells a CRM what happens."""
    plain = config()
    endpoint = Endpoint(name="crm", url="https://crm.example/hooks/optyk", secrets=(f"whsec_{'A' * 32}",))
    return plain.model_copy(update={"shops": (plain.shops[0].model_copy(update={"endpoints": (endpoint,)}),)})


def serve(folder: Path, words: str = "", fill: Callable[[str], object] = full_shop) -> Iterator[Site]:
    """Serves a shop whose free texts are `words` until the session ends."""
    store = open_store(f"sqlite:///{folder / 'regulars.db'}").create()
    store.secret = KEY
    with store.use(), store.transaction():
        fill(words)
        create_user("ola@example.com", PASSWORD, "admin", NOW)
    app = create_app(telling(), store, Still(), SECRET_KEY="test")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.port}", store, app)
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop of Anna, Borys and Celina."""
    yield from serve(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same shop, whose customers write scripts into every field."""
    yield from serve(tmp_path_factory.mktemp("hostile"), HOSTILE)


def enter(page: Any, site: Site) -> None:
    """Logs in as Ola, as a person would."""
    page.goto(site.at("/login"))
    page.fill("#email", "ola@example.com")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url(site.at("/"))
