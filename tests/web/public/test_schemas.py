"""GET /schema/…: what editors complete rules with; public, cacheable, and silent about the shop."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest


@pytest.mark.parametrize("name", ["rules", "segments", "policy", "tests"])
def test_an_editor_gets_a_schema_without_a_key_and_may_keep_it(client: Any, name: str) -> None:
    answer = client.get(f"/schema/{name}.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
    jsonschema_rs.meta.validate(answer.json)
    assert answer.cache_control.public
    assert answer.cache_control.max_age == 3600
    again = client.get(f"/schema/{name}.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in answer.headers


def test_the_schema_knows_the_purposes_and_tells_nobody_the_templates(client: Any) -> None:
    rule = client.get("/schema/rules.json").json["$defs"]["rule"]["properties"]
    assert "newsletter" in rule["purpose"]["enum"]
    assert "enum" not in rule["send"]
    assert "when" in rule


def test_there_is_no_other_schema(client: Any) -> None:
    assert client.get("/schema/secrets.json").status_code == 404
