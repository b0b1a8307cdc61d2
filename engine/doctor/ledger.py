"""The ledger of consent: is every line as it was written?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.consent.chain import verify
from engine.doctor.finding import Finding, ok
from engine.store import Store

SAID = 3  # faults that are told one by one


def ledger(store: Store) -> Iterator[Finding]:
    """Goes through every shop's chain."""
    for found in verify(store):
        for line, wrong in found.faults[:SAID]:
            where = (
                f"line {line} of the ledger of {found.shop}"
                if line is not None
                else f"the ledger of {found.shop}"
            )
            remedy = "somebody wrote past Regulars: server.py consent verify names all; compare with a backup"
            yield Finding("problem", "consent", f"{where}: {wrong}", remedy)
        if not found.faults:
            yield ok("consent", f"{found.shop}: {found.lines} lines of consent are as they were written")
