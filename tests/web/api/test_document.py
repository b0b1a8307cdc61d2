"""The document: /openapi.json, /docs and docs/api.md say what the server does."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from engine.store import Store
from engine.web.api import RESOURCES
from engine.web.api.described.examples import READ, SENT
from engine.web.api.scopes import SCOPES
from tests.web.api.reading.reader import Reader
from tests.web.api.serving import Calls
from tests.web.api.test_coupons import holders

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


def test_every_address_of_the_server_is_in_the_document_and_no_other(calls: Calls) -> None:
    document = calls.client.get("/openapi.json").json
    assert document is not None
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in calls.app.extensions["api"].url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(("/docs", "/static/"))
    }
    assert {(path, method) for path, acts in document["paths"].items() for method in acts} == served


def acts(calls: Calls) -> list[tuple[str, str, dict[str, Any]]]:
    paths = calls.client.get("/openapi.json").json["paths"]  # type: ignore[index]
    return [(path, method, act) for path, found in paths.items() for method, act in found.items()]


def test_every_operation_says_what_it_is_for_and_what_it_answers(calls: Calls) -> None:
    names = []
    for path, method, act in acts(calls):
        names.append(act["operationId"])
        assert act["summary"], path
        assert act["description"], path
        assert all(one["description"] and one["schema"] for one in act["parameters"]), path
        assert ("requestBody" in act) == (method in ("post", "put")), path
        if path.startswith("/api/v1/"):
            assert act["security"][0]["key"][0] in SCOPES
            assert {"401", "403", "503"} <= set(act["responses"])
        for status, told in act["responses"].items():
            assert told["description"]
            assert status == "304" or "content" in told, (path, status)
    assert len(names) == len(set(names))


def test_every_link_leads_to_an_operation_that_takes_its_parameters(calls: Calls) -> None:
    known = {act["operationId"]: {one["name"] for one in act["parameters"]} for _, _, act in acts(calls)}
    links = [
        link for _, _, act in acts(calls) for told in act["responses"].values() for link in told.get("links", {}).values()
    ]  # fmt: skip
    assert len(links) > 20
    assert [link for link in links if not set(link["parameters"]) <= known[link["operationId"]]] == []


def test_every_link_is_walked_to_something_that_is_there(store: Store) -> None:
    reader = Reader(store)
    holders(reader, "Anna", "Borys")
    for name in ("products", "customers", "orders", "events", "consents", "refunds"):
        other = {"id": "another"} if "id" in SENT[name] else {"granted": False, "at": "2026-04-01T00:00:00Z"}
        reader.post(name, [SENT[name], SENT[name] | other])
    where = {act["operationId"]: (path, act) for path, _, act in acts(reader)}
    walked = 0
    for path, method, act in acts(reader):
        sent = SENT.get(act["tags"][0], {}) | (
            {"order": "1001"} if act["operationId"] == "send_events" else {}
        )
        told = (
            reader.post(act["tags"][0], sent)
            if method == "post" and act["security"]
            else reader.get(f"{path}?limit=1")
        )
        for link in [link for one in act["responses"].values() for link in one.get("links", {}).values()]:
            target, wanted = where[link["operationId"]]
            for name, expression in link["parameters"].items():
                source, _, pointer = expression.partition("#")
                value = found_at({"$request.body": sent, "$response.body": told.json}[source], pointer)
                held = "{" + name + "}" in target
                target = target.replace("{" + name + "}", str(value)) if held else f"{target}?{name}={value}"
            answer = reader.get(target)
            assert answer.status_code == 200, (path, link, answer.text)
            assert wanted["operationId"] == link["operationId"]
            walked += 1
    assert walked == 25


def found_at(value: Any, pointer: str) -> Any:
    """Returns what a JSON pointer means."""
    for step in pointer.strip("/").split("/"):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def test_every_example_of_a_request_is_accepted(calls: Calls) -> None:
    for path, method, act in acts(calls):
        if method != "post" or not path.startswith("/api/v1/"):
            continue
        for kind, media in act["requestBody"]["content"].items():
            for example in [one["value"] for one in media.get("examples", {}).values()] or [media["example"]]:
                body = example.encode() if isinstance(example, str) else example
                answer = calls.post(path.removeprefix("/api/v1/"), body, kind)
                assert str(answer.status_code) in ("200", "201"), (path, answer.text)
                assert "refused" not in answer.text


def test_every_example_of_an_answer_fits_its_shape(calls: Calls) -> None:
    document = calls.client.get("/openapi.json").json
    assert document is not None
    seen = 0
    for path, _, act in acts(calls):
        for status, told in act["responses"].items():
            for kind, media in told.get("content", {}).items():
                if "json" in kind and "x-line" not in media and "example" in media:
                    assert wrong_with(document, media["schema"], media["example"]) == [], (path, status)
                    seen += 1
    assert seen > 100


def wrong_with(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """Lists what is wrong with a value by a schema of the document."""
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "components": document["components"],
    }
    found = jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(value)
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in found]


def test_what_is_read_of_the_examples_is_what_the_document_shows(store: Store) -> None:
    reader = Reader(store)
    document = reader.client.get("/openapi.json").json
    assert document is not None
    order = ("products", "customers", "orders", "events", "consents", "refunds")
    for name in order:
        assert reader.post(name, SENT[name]).status_code == 201
    for name in order:
        page = reader.get(name).json
        schema = document["paths"][f"/api/v1/{name}"]["get"]["responses"]["200"]["content"][
            "application/json"
        ]["schema"]
        assert wrong_with(document, schema, page) == []
        assert page["cursor"] is page["next"] is None  # type: ignore[index]
        assert page[name][-1] == READ[name], f"{name}: examples.json shows something else"  # type: ignore[index]


def test_the_document_is_not_sent_again_while_it_is_the_same(calls: Calls) -> None:
    first = calls.client.get("/openapi.json")
    again = calls.client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_the_page_shows_the_document_with_nothing_from_elsewhere(calls: Calls) -> None:
    page = calls.client.get("/docs")
    for path, method, act in acts(calls):
        assert f"<code>{path}</code>" in page.text
        assert act["operationId"] in page.text
        assert method
    assert "placed_at" in page.text
    assert not re.search(r"(src|href)=\"?(https?:|//)|<script|style=|<style", page.text)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    style = calls.client.get("/docs/style.css")
    assert (style.status_code, style.mimetype) == (200, "text/css")
    assert "url(" not in style.text
    places = set(re.findall(r'id="([^"]+)"', page.text))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= places
