"""The console: what marketers and operators look at, behind a login. Each page is one file."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Adds the console with its login, its guards and its pages."""
    # imported here so that a command that only makes users needs none of it
    from engine.web.console import guards, room

    guards.install(app)
    room.add(app)
