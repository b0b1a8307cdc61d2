"""Regulars: one server that turns one-time buyers into regulars. Run `python server.py --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.main import main

if TYPE_CHECKING:
    from flask import Flask

HERE = Path(__file__).resolve().parent


def create_app(
    config: str = str(HERE / "config.yaml"), home: str = "var", rules: str = str(HERE / "rules")
) -> Flask:
    """Returns the web application over a home, for whoever serves it by other means: `gunicorn 'server:create_app()'`."""
    from engine.roles.web import app_of  # commands that serve nothing start without a web framework

    return app_of(argparse.Namespace(config=config, home=home, rules=rules))


if __name__ == "__main__":
    sys.exit(main())
