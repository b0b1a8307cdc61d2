"""`server.py users`: who may log in to the console."""

from __future__ import annotations

import argparse
import json
import sys

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.errors import UsageError
from engine.web.console.people import (
    CONSOLE_LANGUAGES,
    ROLES,
    create_user,
    find_user,
    new_password,
    roles_of,
    set_active,
    set_password,
    set_role,
)
from models import User

ACTS = ("create", "list", "password", "role", "deactivate", "activate")
WRITTEN = {"create": "user made", "password": "password", "role": "user role", "deactivate": "user shut out",
           "activate": "user let in"}  # fmt: skip
HELP = "make people who may log in to the console, and shut them out"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be done; one flat command, so that --home and --config may stand anywhere."""
    parser.add_argument("act", choices=ACTS, help="what to do; a generated password is printed once")
    parser.add_argument("email", nargs="?", metavar="EMAIL", help="whom it concerns (not for list)")
    parser.add_argument(
        "--role", choices=sorted(ROLES), default="admin", help="create, role: what they may do"
    )
    parser.add_argument(
        "--language", choices=CONSOLE_LANGUAGES, default="en", help="create: the console's language"
    )
    parser.add_argument(
        "--password-stdin", action="store_true", help="create, password: read it from standard input"
    )


def run(args: argparse.Namespace) -> int:
    """Does one act in the home's store."""
    if args.act != "list" and not args.email:
        raise UsageError(f"users {args.act} needs an address", remedy=f"users {args.act} EMAIL")
    with used_home(args) as home:
        if args.act == "list":
            _list(args.json)
            return 0
        with home.store.transaction():
            told = _act(args, home)
            role = {"role": args.role} if args.act in ("create", "role") else {}
            write_down(
                this_user(), WRITTEN[args.act], told["user"], home.clock.now(), channel="command", **role
            )
    lines = "\n".join(f"{name}: {value}" for name, value in told.items())
    print(json.dumps(told, ensure_ascii=False) if args.json else lines)
    return 0


def _act(args: argparse.Namespace, home: Home) -> dict[str, str]:
    if args.act == "create":
        password, shown = _password(args)
        user = create_user(args.email, password, args.role, home.clock.now(), args.language)
        return {"user": user.email, "role": args.role, **shown}
    user = find_user(args.email)
    if args.act == "password":
        password, shown = _password(args)
        set_password(user, password)
        return {"user": user.email, **shown}
    if args.act == "role":
        set_role(user, args.role)
        return {"user": user.email, "role": args.role}
    set_active(user, args.act == "activate")
    return {"user": user.email, "active": "yes" if args.act == "activate" else "no"}


def _password(args: argparse.Namespace) -> tuple[str, dict[str, str]]:
    """Reads the password, or makes one and shows it, once."""
    if not args.password_stdin:
        made = new_password()
        return made, {"password": made}
    read = sys.stdin.readline().rstrip("\r\n")
    if not read:
        raise UsageError("standard input holds no password", remedy="write it as one line")
    return read, {}


def _list(as_json: bool) -> None:
    users = [
        {"user": user.email, "roles": roles_of(user), "active": user.active, "language": user.language}
        for user in User.select().order_by(User.email)
    ]
    if as_json:
        print(json.dumps(users, ensure_ascii=False))
        return
    for user in users:
        print(f"{user['user']}  {', '.join(user['roles'])}{'' if user['active'] else '  (shut out)'}")
