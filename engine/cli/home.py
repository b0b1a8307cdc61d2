"""A home, opened: config, store, clock and folders, as every command needs them."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock, clock_of
from engine.config import Config, load_config
from engine.errors import StoreError
from engine.notices import listen
from engine.rulebook.server_words import templates_beside
from engine.store import Store, open_store
from engine.tallies import tallies
from models.migrations import TooNew, pending


@dataclass(frozen=True, slots=True)
class Home:
    """Where one server keeps everything."""

    config: Config
    store: Store
    clock: Clock
    path: Path
    rules: Path
    templates: Path

    @property
    def key(self) -> bytes:
        """Returns the home's secret, made on first use: it signs links and draws holdouts."""
        return site_key(self.path)


def site_key(path: Path) -> bytes:
    """Returns the secret of a home, and makes it where there is none; only its owner may read it."""
    file = path / "secret.key"
    if not file.exists():
        path.mkdir(parents=True, exist_ok=True)
        draft = path / f"secret.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), "ascii")
        with suppress(FileExistsError):  # another process was first: its key is the home's
            os.link(draft, file)  # whole or not at all, whoever reads it meanwhile
        draft.unlink()
    return bytes.fromhex(file.read_text("ascii"))


def database_url(config: Config, path: Path) -> str:
    """Returns the configured database, else a SQLite file in the home."""
    return config.database or f"sqlite:///{(path / 'regulars.db').absolute()}"


def open_home(args: argparse.Namespace) -> Home:
    """Opens the home that a command names; raises with a remedy where it cannot."""
    config = load_config(Path(args.config))
    path = Path(args.home)
    try:
        path.mkdir(parents=True, exist_ok=True)
        secret = site_key(path)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be used as home: {error}", remedy="name another with --home DIR"
        ) from error
    store = open_store(database_url(config, path))
    store.secret, store.home = secret, path
    listen(store, config)
    return Home(config, store, clock_of(path), path, Path(args.rules), templates_of(args, config))


def templates_of(args: argparse.Namespace, config: Config) -> Path:
    """Returns the folder of templates: beside the rules, else beside config.yaml."""
    rules = Path(args.rules)
    return templates_beside(rules, Path(args.config), config) or rules.parent / config.templates


@contextmanager
def used_home(args: argparse.Namespace, any_version: bool = False) -> Iterator[Home]:
    """Opens a home and makes its store the one that tables read and write, until the command ends.

    Raises StoreError where the store is not of this version, unless the command is one that brings it there.
    """
    home = open_home(args)
    try:
        with home.store.use():
            if not any_version:
                demand_tables(home)
            try:
                yield home
            finally:
                tallies.write(home.store, at_once=True)
    finally:
        home.store.close()


def demand_tables(home: Home) -> None:
    """Raises StoreError where the store is not of this version, before anything is read from it wrongly."""
    try:
        missing = pending(home.store.database)
    except TooNew as error:
        raise StoreError(
            str(error), remedy="run the version of Regulars that made it, or a newer one"
        ) from error
    if missing:
        raise StoreError(
            f"the store of {home.path} lacks {', '.join(missing)}",
            remedy=f"run server.py migrate --home {home.path}",
        )
