"""Schemathesis finds nothing wrong with the server by its document, over every operation and the links between them.

A few made-up bodies here; `python -m bench.contract` makes as many as one likes.
"""

from __future__ import annotations

import pytest

from bench.contract import run, show
from engine.store import Store
from engine.web.api import RESOURCES
from engine.web.api.document import document_of

CHECKS = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "negative_data_rejection", "positive_data_acceptance", "ignored_auth",
    "unsupported_method", "missing_required_header", "use_after_free", "ensure_resource_availability",
}  # fmt: skip


@pytest.mark.filterwarnings("default")  # Schemathesis' own are none of ours
def test_the_server_does_what_its_document_says(store: Store) -> None:
    outcome = run(store, examples=4, walks=20, edges=False)
    assert outcome.wrong == {}, "\n".join(show(outcome))
    document = document_of(RESOURCES)
    assert outcome.operations == {
        f"{method.upper()} {path}" for path, acts in document["paths"].items() for method in acts
    }
    assert set(outcome.checks) >= CHECKS
    assert len(outcome.links) > 3
