"""`server.py demo`: what `make run` calls: a made-up shop with two years behind it, served until Ctrl-C."""

from __future__ import annotations

import argparse
import re
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import Progress

from engine.cli.home import Home, used_home
from engine.cli.serve import bring_up_to_date, prepare, serve, serving_options
from engine.demo.fill import fill
from engine.demo.history import SEED
from engine.demo.lived import live_through
from engine.demo.trickle import buyers, fresh_orders, trickle, when_ready
from engine.errors import UsageError
from engine.roles import logs
from engine.roles.alone import alone_in
from engine.web.api.credentials import new_key
from engine.web.console.people import create_user, new_password
from models import TABLES, Customer, Setting, Shop

HELP = "the demo shop: made once in the home, then served with its own mail catcher"
MADE = "demo"  # the setting that says that a home holds the demo, and of which moment
LOGIN = "demo@regulars.example"
FILE = "demo.env"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `demo`."""
    serving_options(parser)
    parser.add_argument("--quiet-demo", action="store_true", help="push no fresh orders in the first minutes")
    parser.add_argument("--only-make", action="store_true", help="make the home, then stop")


def run(args: argparse.Namespace) -> int:
    """Makes the demo where it is not there yet, then serves it; a second start finds everything as it was left."""
    logs.configure("demo")
    args.config = str(_own_config(args))
    with used_home(args, any_version=True) as home, alone_in(home.path):
        bring_up_to_date(home)
        if not _is_made(home):
            make(home, Console(stderr=True))
        if args.only_make:
            return 0
        prepare(home, args)
        _greet(home, args)
        serve(home, args)
    return 0


def _is_made(home: Home) -> bool:
    """Says whether the home holds the demo; empties one that was interrupted, and raises where somebody else lives."""
    mark = Setting.get_or_none(Setting.name == MADE)
    if mark is not None and mark.value["done"]:
        return True
    if mark is None and Customer.select(Customer.id).first() is not None:
        raise UsageError(f"{home.path} holds a shop of its own", remedy="name another home with --home DIR")
    with home.store.transaction():
        for table in reversed(TABLES):
            table.delete().execute()
    return False


def make(home: Home, console: Console) -> None:
    """Fills the home with the shop's two years, a login and a key."""
    now = home.clock.now()
    Setting.create(name=MADE, value={"done": False, "at": now})
    with Progress(console=console, transient=True) as bars:
        past, lately = bars.add_task("two years of orders"), bars.add_task("the last three weeks' mail")
        fill(home.store, home.config, now, lambda done, total: bars.update(past, completed=done, total=total))
        live_through(home, now, progress=lambda done, total: bars.update(lately, completed=done, total=total))
    _let_in(home, now)
    Setting.update(value={"done": True, "at": now}).where(Setting.name == MADE).execute()


def _let_in(home: Home, now: int) -> None:
    """Makes the login and the key, and writes both where only the owner reads them."""
    shop = Shop.get(Shop.key == home.config.shops[0].shop)
    password = new_password()
    with home.store.transaction():
        create_user(LOGIN, password, "admin", now)
        key = new_key(shop.id, "demo", now, ("all",))
    file = home.path / FILE
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(f"CONSOLE_USER={LOGIN}\nCONSOLE_PASSWORD={password}\nAPI_KEY={key}\n", "utf-8")


def read_env(path: Path) -> dict[str, str]:
    """Reads what `demo.env` says."""
    return dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines() if "=" in line)


def _own_config(args: argparse.Namespace) -> Path:
    """Writes the operator's file into the home with links that lead to this host and port, and returns where."""
    given, home = Path(args.config), Path(args.home)
    own = home / "demo-config.yaml"
    if given == own:
        return given
    home.mkdir(parents=True, exist_ok=True)
    text = given.read_text("utf-8")
    line = f"public_url: {_url(args)}"
    text = re.sub(r"^public_url:.*$", line, text, flags=re.MULTILINE)
    own.write_text(text if line in text else f"{text}\n{line}\n", "utf-8")
    return own


def _url(args: argparse.Namespace) -> str:
    host = "127.0.0.1" if args.host in ("0.0.0.0", "::") else args.host
    return f"http://{host}:{args.port}"


def _greet(home: Home, args: argparse.Namespace) -> None:
    """As soon as the server answers, says what to open, and lets the first orders come in."""
    env, stop = read_env(home.path / FILE), threading.Event()
    chance = Random(f"{SEED}{secrets.token_hex(4)}")
    people = buyers(Shop.get(Shop.key == home.config.shops[0].shop), chance)

    def greet() -> None:
        print(_words(env, _url(args), home.path, args.quiet_demo), flush=True)
        if not args.quiet_demo:
            threading.Thread(target=_foresee, args=(home,), daemon=True).start()
            trickle(_url(args), env["API_KEY"], fresh_orders(people, chance, home.clock), stop)

    threading.Thread(target=when_ready, args=(_url(args), stop, greet), daemon=True).start()


def _foresee(home: Home) -> None:
    """Works out the coming month for the console's page, in a process of its own beside the served ones."""
    server = Path(__file__).resolve().parents[2] / "server.py"
    places = [
        "--home",
        str(home.path),
        "--config",
        str(home.path / "demo-config.yaml"),
        "--rules",
        str(home.rules),
    ]
    command = [sys.executable, str(server), "forecast", "--keep", *places]
    subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)


def _words(env: dict[str, str], url: str, home: Path, quiet: bool) -> str:
    fresh = (
        "" if quiet else "\n  Orders come in for the next four minutes; see their thank-yous in the mailbox."
    )
    return f"""
  Regulars is running: the demo shop of an optician, made up, with two years of history.

    console    {url}/
    login      {env["CONSOLE_USER"]}
    password   {env["CONSOLE_PASSWORD"]}
    mailbox    {url}/mailbox    where every mail of the demo ends up
    API        {url}/docs
    API key    {env["API_KEY"]}

  The same stands in {home / FILE}. Nothing leaves this machine.{fresh}
  Send an order of your own:

    curl -X POST {url}/api/v1/orders -H 'Authorization: Bearer {env["API_KEY"]}' \\
      -H 'Content-Type: application/json' -d '{{"id": "my-1", "placed_at": "'$(date -Iseconds)'", "total": "64.95",
      "customer": {{"email": "you@example.com", "first_name": "You"}},
      "lines": [{{"product": "ACU-OAS-6", "quantity": 1, "price": "64.95"}}]}}'

  Ctrl-C stops it. `rm -r {home}` forgets it.
"""
