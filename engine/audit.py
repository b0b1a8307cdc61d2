"""The audit log: who changed what, when and by which way. Lines are only ever added, and no customer is named in them."""

from __future__ import annotations

import getpass
from typing import Any, Literal

from models import Act

Channel = Literal["console", "command", "server"]
LONGEST = 255
SERVER = "regulars"  # what the server does by itself
ACTS = (
    "login", "login refused", "logout", "publish", "roll back", "pause", "resume", "release", "brake",
    "user made", "user shut out", "user let in", "user role", "password", "key made", "key revoked",
    "suppress", "lift suppression", "consent", "withdraw", "object", "export", "erase", "import", "coupons",
    "backup", "restore", "clock", "settings",
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
