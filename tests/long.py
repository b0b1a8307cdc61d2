"""Long proofs are left to `make prove`: whatever is marked `long` runs only where `-m` asks for it."""

from __future__ import annotations

import pytest

LEFT_OUT = "LEFT OUT: the long proofs of the promise (pytest -m long); make prove runs them"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes out what is marked `long`, unless `-m` chooses by marks itself."""
    if config.getoption("markexpr"):
        return
    if long := [item for item in items if item.get_closest_marker("long")]:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in set(long)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out, where a run was not told by marks what to take."""
    if not terminalreporter.config.getoption("markexpr"):
        terminalreporter.write_line(LEFT_OUT)
