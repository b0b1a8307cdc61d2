"""Regulars: one server that turns one-time buyers into regulars. Run `python server.py --help`."""

import sys

from engine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
