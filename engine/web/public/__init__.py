"""Pages that customers reach from a mail: unsubscribe, choices, and why. The token in the address is the key."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Adds the public pages; they need no login, no cookies and no script."""
    from engine.web.public import (  # noqa: F401 - each adds its views to the door
        click,
        confirm,
        preferences,
        unsubscribe,
        why,
    )
    from engine.web.public.door import door, guard

    guard(app)
    app.register_blueprint(door)
