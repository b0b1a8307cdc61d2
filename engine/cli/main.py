"""The command line: finds the command's file, reads the options that all share, and turns errors into sentences."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from pathlib import Path

import structlog
from peewee import DatabaseError

import engine.cli
from engine.errors import RegularsError, StoreError
from engine.store import root_of

STORE_REMEDY = "see that the database runs, and that its disk has room and may be written"
ROOT = Path(__file__).resolve().parents[2]
NOT_COMMANDS = {"home", "main", "moments", "progress", "waits", "watching", "whose", "words"}


def command_names() -> list[str]:
    """Lists the commands: one for each file of this folder."""
    found = (module.name for module in pkgutil.iter_modules(engine.cli.__path__))
    return sorted(name.rstrip("_").replace("_", "-") for name in found if name not in NOT_COMMANDS)


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 good, 1 a finding, 2 not usable as called."""
    arguments = sys.argv[1:] if argv is None else argv
    # What a command prints is its result; what the engine has to say beside it is not.
    structlog.reset_defaults()  # whoever served in this process before had lines of another form
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    parser = _parser(arguments)
    args = parser.parse_args(arguments)
    try:
        return int(args.run(args))
    except RegularsError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except DatabaseError as error:
        print(f"error: the store cannot be used: {root_of(error)}; {STORE_REMEDY}", file=sys.stderr)
        return StoreError.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"error: {where}{error.strerror or error}; see that it is there and may be used", file=sys.stderr
        )
        return RegularsError.exit_code
    except KeyboardInterrupt:
        return 130


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """Builds the parser; only the named command's file is imported, so that each starts fast."""
    parser = argparse.ArgumentParser(
        prog="server.py", description="Regulars turns one-time buyers into regulars."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    named = next((word for word in arguments if not word.startswith("-")), None)
    for name in command_names():
        if named in command_names() and name != named:
            continue
        module = _module(name)
        sub = commands.add_parser(name, help=module.HELP, description=module.HELP)
        _shared_options(sub)
        module.configure(sub)
        sub.set_defaults(run=module.run)
    return parser


def _module(name: str):  # type: ignore[no-untyped-def]
    plain = name.replace("-", "_")
    # a name that Python keeps for itself (import) stands in a file with an underscore
    return importlib.import_module(f"engine.cli.{plain}_" if plain == "import" else f"engine.cli.{plain}")


def _shared_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", default=str(ROOT / "config.yaml"), help="the operator's file"
    )
    parser.add_argument("--rules", metavar="DIR", default=str(ROOT / "rules"), help="the marketer's folder")
    parser.add_argument(
        "--home",
        metavar="DIR",
        default=os.environ.get("REGULARS_HOME", "var"),
        help="the server's own folder",
    )
    parser.add_argument("--json", action="store_true", help="print results as JSON")
