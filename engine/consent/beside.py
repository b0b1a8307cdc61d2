"""Lists kept beside the store, of what a backup from before must be told when it is brought back.

A line names nobody: only the home's key tells which customer or mailbox it is. The lists lie outside the store, for the store is
what an old backup puts back to what it was.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.store import Store

Line = dict[str, Any]


def append(home: Path, name: str, lines: Iterable[Line]) -> None:
    """Appends lines to one of the home's lists, on disk when this returns."""
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    with os.fdopen(os.open(home / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def read(home: Path, name: str) -> list[Line]:
    """Returns the lines of one of the home's lists; the last one may have been cut off by a crash, and is left out."""
    file = home / name
    lines = file.read_text("ascii").split("\n")[:-1] if file.exists() else []
    return [json.loads(line) for line in lines]


def take_over(home: Path, name: str, file: Path, proper: Callable[[Line], Line]) -> int:
    """Adds a list of another home to this one's; raises UsageError where the file holds none."""
    try:
        lines = [proper(json.loads(text)) for text in file.read_text("ascii").splitlines() if text.strip()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        kind = name.partition(".")[0]
        raise UsageError(
            f"{file} cannot be read as {kind}: {error}", remedy=f"name the {name} of a home"
        ) from error
    append(home, name, lines)
    return len(lines)


def digest_of_customer(
    store: Store, shop: str, number: int, external_id: str | None, email: str | None
) -> str:
    """Returns what stands for a customer: by the shop's id, else by address, so that it is the same in every backup."""
    return _digest(
        store, f"id:{shop}:{external_id}" if external_id is not None else f"email:{shop}:{email or number}"
    )


def digests_of_guest(store: Store, shop: str, emails: Iterable[str]) -> list[str]:
    """Returns what stood for a customer at these mailboxes while the shop had given no id: an old backup knows no other."""
    return [digest_of_customer(store, shop, 0, None, email) for email in sorted(emails)]


def names_in(line: Line) -> list[str]:
    """Lists what stands for the customer of a line: one digest in a list from before, and since then those of a guest too."""
    return [line["customer"], *line.get("also", ())] if "customer" in line else []


def digest_of_mailbox(store: Store, email: str) -> str:
    """Returns what stands for a mailbox."""
    return _digest(store, f"mailbox:{email}")


def _digest(store: Store, told: str) -> str:
    return hmac.new(store.secret, told.encode(), hashlib.sha256).hexdigest()
