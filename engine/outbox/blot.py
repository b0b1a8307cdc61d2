"""What others say to us, without anybody's address: it is kept and sent around longer than a mail."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"[^\s@<>\"'=]+@[^\s@<>\"']+")
LONGEST = 200


def blot(text: str) -> str:
    """Returns a text in one line, shortened, with whatever looks like an address blotted out."""
    return ADDRESS.sub("…@…", " ".join(text.split()))[:LONGEST]
