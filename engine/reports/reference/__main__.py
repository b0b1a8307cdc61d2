"""`python -m engine.reports.reference FILE…` writes the tables between the marks of these documents anew."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.reports.reference.writing import rewritten

for name in sys.argv[1:]:
    document = Path(name)
    document.write_text(rewritten(document.read_text("utf-8")), "utf-8")
