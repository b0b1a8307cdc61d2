"""Examples of what is sent and what is read of it: a test sends the ones and compares what comes back with the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ALL = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))
SENT: dict[str, Any] = _ALL["sent"]  # by resource
READ: dict[str, Any] = _ALL["read"]
