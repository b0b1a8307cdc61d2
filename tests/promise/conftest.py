"""What all proofs share: figures are told aloud, and kept where `make prove` asked for them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext

import pytest

from tests.promise.figures import keep, told

Figures = Callable[..., None]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Takes what a proof has counted: `figures("two nodes, PostgreSQL", mails=120, sent_twice=0)`.

    Proofs that count the same things share a table of docs/promise.md. Nothing may be told that was not measured.
    """

    return lambda proof, **counted: tell(request.config, proof, counted)


def tell(config: pytest.Config, proof: str, counted: Mapping[str, int | str]) -> None:
    """Prints what a proof has counted, whatever pytest captures, and keeps it for the table."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        sys.stderr.write(f"\n{told(proof, counted)}\n")
    keep(proof, counted)
