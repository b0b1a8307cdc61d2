"""A console over a fresh store, and people who log in to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from engine.store import Store
from engine.web.app import create_app
from engine.web.console.people import create_user
from tests.web.shopful import NOW, Shopful, Still, config
from tests.web.whole_shop import whole_shop

PASSWORD = "correct horse battery"


@pytest.fixture
def shop(store: Store) -> Shopful:
    """The small shop of Anna, Borys and Celina."""
    return whole_shop()


@pytest.fixture
def app(store: Store) -> Flask:
    """The application over the store."""
    return create_app(config(), store, Still(), SECRET_KEY="test", TESTING=True)


Login = Callable[..., Any]


@pytest.fixture
def login(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Login:
    """Makes a user of a role and returns a client whose session is theirs, as the login would have made it.

    Passwords are hashed cheaply here: hashing them well is meant to be slow.
    """
    cheap = partial(PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("engine.web.console.people.PasswordHasher", cheap)

    def enter(role: str = "admin", email: str = "ola@example.com") -> Any:
        user = create_user(email, PASSWORD, role, NOW)
        client = app.test_client()
        with client.session_transaction() as session:
            session.update({"_user_id": user.fs_uniquifier, "_fresh": True})
        return client

    return enter


def token(client: Any, page: str = "/login") -> str:
    """Reads the CSRF token of a page, as a browser's form would send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def log_in(client: Any, email: str, password: str) -> Any:
    """Fills in the login form."""
    return client.post("/login", data={"email": email, "password": password, "csrf_token": token(client)})
