"""The audit log: who changed what, when and by which way. Lines are only ever added, and no customer is named in them."""

from __future__ import annotations

import getpass
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any, Literal

from models import Act, Setting

Channel = Literal["console", "command", "server"]
LONGEST = 255
SERVER = "regulars"  # what the server does by itself
SETTINGS = "settings"  # under which name the last seen ones are kept
ACTS = (
    "login", "login refused", "logout", "publish", "roll back", "pause", "resume", "release", "brake",
    "user made", "user shut out", "user let in", "user role", "password", "key made", "key replaced", "key revoked",
    "test data emptied",
    "suppress", "lift suppression", "consent", "withdraw", "object", "profiling allowed", "export", "erase", "import", "coupons",
    "backup", "restore", "clock", "settings", "take again", "ask",
    "pause endpoint", "resume endpoint", "send again", "test event",
)  # fmt: skip


def write_down(
    author: str,
    act: str,
    what: str,
    now: int,
    *,
    channel: Channel = "console",
    customer: int | None = None,
    **detail: Any,
) -> None:
    """Adds a line to the log, in the caller's transaction if there is one, so that nothing is done without it.

    `customer` is our number; `detail` is plain values, and never a customer's name or address.
    """
    Act.create(
        at=now,
        author=author[:LONGEST],
        act=act,
        what=what[:LONGEST],
        channel=channel,
        customer_number=customer,
        detail=detail,
    )


def this_user(said: str | None = None) -> str:
    """Returns who is at the keyboard: as said, else the user of this machine."""
    if said:
        return said[:LONGEST]
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run a user without a name
        return "somebody"


def note_settings(settings: Any, secret: bytes, now: int) -> list[str]:
    """Writes down which settings of config.yaml differ from when the server was last started, and returns their names.

    Kept are keyed digests, for a setting may be a password; a value is never written down. Inside a transaction.
    """
    seen = {name: _digest(value, secret) for name, value in _flat(settings, "")}
    before = Setting.get_or_none(Setting.name == SETTINGS)
    known = before.value if before else seen
    changed = sorted(name for name in {*seen, *known} if seen.get(name) != known.get(name))
    if before is None or changed:
        Setting.delete().where(Setting.name == SETTINGS).execute()
        Setting.create(name=SETTINGS, value=seen)
    if changed:
        write_down(SERVER, "settings", "config.yaml", now, channel="server", changed=", ".join(changed))
    return changed


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list) and value:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _digest(value: Any, secret: bytes) -> str:
    return hmac.new(secret, b"setting:" + json.dumps(value).encode(), hashlib.sha256).hexdigest()[:24]
