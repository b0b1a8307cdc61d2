"""The document: /openapi.json, /docs and docs/api.md say what the server does."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from engine.store import Store
from engine.web.api import RESOURCES
from tests.web.api.serving import Calls

API_MD = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(curl .*?)```\n\n    (\d{3}) (.*?)\n", re.DOTALL)


@pytest.fixture
def calls(store: Store) -> Calls:
    return Calls(store)


def test_every_example_of_the_docs_is_answered_as_the_docs_say(calls: Calls) -> None:
    examples = EXAMPLE.findall(API_MD.read_text("utf-8"))
    assert len(examples) == len(RESOURCES)
    for command, status, said in examples:
        words = shlex.split(command)
        headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
        headers["Authorization"] = headers["Authorization"].replace("$API_KEY", calls.key)
        body = words[next(i for i, word in enumerate(words) if word in ("-d", "--data-binary")) + 1]
        answer = calls.client.post(
            words[3].removeprefix("http://127.0.0.1:8000"), data=body.encode(), headers=headers
        )
        assert answer.status_code == int(status), answer.text
        if status == "201":
            assert answer.json == json.loads(said)
        else:
            assert [json.loads(line)["status"] for line in answer.text.splitlines()] == ["accepted"] * 5 + [
                "refused"
            ]


def test_every_key_of_every_shape_stands_in_the_docs(calls: Calls) -> None:
    text = API_MD.read_text("utf-8")
    schemas = calls.client.get("/openapi.json").json["components"]["schemas"]  # type: ignore[index]
    for resource in RESOURCES:
        for key in schemas[resource.checker.shape.__name__]["properties"]:
            assert f'"{key}"' in text or f"`{key}`" in text, (resource.name, key)


def test_the_document_names_every_resource_with_its_shape_and_its_answers(calls: Calls) -> None:
    document = calls.client.get("/openapi.json").json
    assert document is not None
    for resource in RESOURCES:
        act = document["paths"][f"/api/v1/{resource.name}"]["post"]
        shape = act["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0]["$ref"].rsplit(
            "/", 1
        )[-1]
        assert shape in document["components"]["schemas"]
        assert {"200", "201", "401", "413", "415", "422"} <= set(act["responses"])


def test_the_page_shows_the_document_with_nothing_from_elsewhere(calls: Calls) -> None:
    page = calls.client.get("/docs").text
    assert "/api/v1/orders" in page
    assert "placed_at" in page
    assert not re.search(r"(src|href)=\"?https?:", page)
