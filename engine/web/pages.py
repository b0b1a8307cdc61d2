"""What all pages for people share: where their templates and their style sheet are."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, url_for

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 24 * 3600


def add_static(app: Flask) -> None:
    """Serves the style sheets under /static, once, whichever rooms are there."""
    if "pages" not in app.blueprints:
        app.register_blueprint(
            Blueprint("pages", __name__, static_folder=str(STATIC), static_url_path="/static")
        )
        app.add_template_global(asset)


def asset(name: str) -> str:
    """Returns the address of a static file, which changes with its content, so that browsers may keep it."""
    return url_for("pages.static", filename=name, v=_version(name, (STATIC / name).stat().st_mtime_ns))


@lru_cache(maxsize=32)
def _version(name: str, changed: int) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]
