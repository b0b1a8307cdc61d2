"""What operators read: plain lines, one an event, without anybody's address."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ADDRESS = re.compile(r"[^\s@<>\"'=]+@[^\s@<>\"']+")
FORM = "REGULARS_LOGS"
QUIET = ("apscheduler", "mail.log", "asyncio")  # they tell what our own lines tell better


def without_addresses(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blots out whatever looks like an address, wherever it stands: logs are kept and sent around."""
    for key, value in event.items():
        if isinstance(value, str) and "@" in value:
            event[key] = ADDRESS.sub("…@…", value)
    return event


def _renderer() -> Any:
    """Writes lines for people, or one JSON object a line where REGULARS_LOGS=json asks for it."""
    if os.environ.get(FORM, "").lower() == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)


def configure(role: str) -> None:
    """Sends the log lines of this process, and of the libraries that it uses, to standard error."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        without_addresses,
        _renderer(),
    ]
    shared = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(shared)
    logging.basicConfig(handlers=[stream], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
