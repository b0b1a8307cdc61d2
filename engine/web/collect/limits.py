"""How much one visitor and one address may tell in a minute; counted in memory, by each web process for itself."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable

LIMITS = "collect limits"


class Minute:
    """Counts within the present minute, and forgets everything with it, so that no list of addresses grows."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self.tick, self.lock = tick, threading.Lock()
        self.minute, self.counts = -1, dict[tuple[str, str], int]()

    def take(self, kind: str, who: str, most: int, cost: int = 1) -> int:
        """Counts, and returns 0; or, where that would be too much, the seconds until the next minute, counting nothing."""
        now = self.tick()
        with self.lock:
            if int(now // 60) != self.minute:
                self.minute, self.counts = int(now // 60), {}
            taken = self.counts.get((kind, who), 0) + cost
            if taken > most:
                return 60 - int(now % 60)
            self.counts[kind, who] = taken
        return 0


def network_of(address: str | None) -> str:
    """Returns what counts as one caller: an address of version 4, or the network of 64 bits of one of version 6."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "?"
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False).network_address)
