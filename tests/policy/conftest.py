"""Every sentence about decisions is asked of both engines."""

from __future__ import annotations

import pytest

from engine.policy.compiled import Engine, engine_name
from tests.policy.cases import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine that decides; durable-rules is left out only where its C extension cannot be imported."""
    if request.param == "durable-rules" and engine_name() == "plain":
        pytest.skip("durable-rules cannot be imported on this machine; the plain evaluator serves")
    return request.param
