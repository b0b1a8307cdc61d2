"""`server.py resume`: lets what `pause` stopped go on."""

from __future__ import annotations

import argparse

from engine.cli.pause import change, configure

HELP = "let a rule, a purpose or all mail go on; what has not expired is sent"
__all__ = ["HELP", "configure", "run"]


def run(args: argparse.Namespace) -> int:
    """Resumes, and says what goes on."""
    return change(args, paused=False)
