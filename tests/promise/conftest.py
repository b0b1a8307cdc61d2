"""What all proofs share: figures are told aloud, and kept where `make prove` asked for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.promise.figures import keep, told

Figures = Callable[..., None]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Takes what a proof has counted: `figures("two nodes, PostgreSQL", mails=120, sent_twice=0)`.

    Proofs that count the same things share a table of docs/promise.md. Nothing may be told that was not measured.
    """

    def tell(proof: str, **counted: int | str) -> None:
        reporter = request.config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"\n{told(proof, counted)}")
        keep(proof, counted)

    return tell
