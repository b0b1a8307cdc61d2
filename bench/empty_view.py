"""A Flask view that does nothing, served by gunicorn with the web role's own settings: what HTTP alone costs here.

python -m bench.empty_view PORT
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from flask import Flask

from engine.roles.web import Served


class Empty(Served):
    """The web role's server over nothing."""

    def load(self) -> Any:
        """Makes an application with one view."""
        app = Flask("empty")
        app.add_url_rule("/", "nothing", lambda: "", methods=["POST"])
        return app


if __name__ == "__main__":
    Empty(argparse.Namespace(host="127.0.0.1", port=int(sys.argv[1]), workers=1, threads=8)).run()
