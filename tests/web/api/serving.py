"""A served shop to call: the application's test client with a key of Optica."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.clock import Clock
from engine.config import Config
from engine.intake import sync_shops
from engine.store import Store
from engine.web.api.credentials import new_key
from engine.web.app import create_app
from tests.intake.optica import CONFIG, NOW


class Standing(Clock):
    """A clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class Calls:
    """Calls the API as a shop would."""

    def __init__(self, store: Store, config: Config = CONFIG) -> None:
        self.store, self.clock = store, Standing()
        self.shop = sync_shops(store, config, NOW)["optica"]
        self.key = new_key(self.shop.id, "tests", NOW)
        self.app: Flask = create_app(config, store, self.clock)
        self.client: FlaskClient = self.app.test_client()

    def post(self, resource: str, body: Any, kind: str = "application/json", **headers: str) -> TestResponse:
        """Posts a value as JSON, or bytes as they are; `key=""` calls without a key."""
        key = headers.pop("key", self.key)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/api/v1/{resource}", data=raw, content_type=kind, headers=sent)
