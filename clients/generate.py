"""Makes the Python client, one file without dependencies, from the document of the API.

python -m clients.generate [FILE]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clients.typed import definitions, type_of
from engine.web.api import RESOURCES
from engine.web.api.document import document_of

HERE = Path(__file__).parent
CLIENT = HERE / "python" / "regulars_client.py"
HEAD = '''"""A client of the HTTP API of Regulars {version}: one file, only the standard library, typed.

Made by `python -m clients.generate` from the API's own document.

    from regulars_client import Client, Invalid

    with Client("https://mail.shop.example", "rk_…") as regulars:
        try:
            regulars.send_orders({{"id": "1001", "placed_at": "2026-03-01T10:00:00+01:00", …}})
        except Invalid as refusal:
            for place in refusal.places:
                print(place.pointer, place.detail)
        for order in regulars.list_orders(updated_since="2026-03-01T00:00:00Z"):
            print(order["id"], order["status"])

A request whose connection is lost is sent again with the same Idempotency-Key, so nothing is done twice; one that the
server asks to wait (409, 429, 503) is sent again after that time. Everything else that is refused is a `Refusal`.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Required, TypedDict, cast
from urllib.parse import quote, urlencode, urlsplit

# ruff: noqa: E501
'''
CLASS = '''

class Client(Connection):
    """Everything that can be sent to Regulars and read from it; `key` is one of `server.py keys create`."""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
'''


def client_of(document: dict[str, Any]) -> str:
    """Returns the text of the client."""
    schemas = document["components"]["schemas"]
    transport = (HERE / "transport.py").read_text("utf-8").partition("# <client>\n")[2]
    parts = [HEAD.format(version=document["info"]["version"]), transport.rstrip() + "\n"]
    parts += ["\n\n" + text for text in definitions(schemas)]
    parts.append(CLASS)
    parts += ["\n" + method for method in methods(document)]
    return "".join(parts)


def methods(document: dict[str, Any]) -> Iterator[str]:
    """Yields a method for each operation that wants a key."""
    for path, acts in document["paths"].items():
        for method, act in acts.items():
            if not path.startswith("/api/v1/"):
                continue
            if method == "post":
                read = _items(acts["get"])[1]
                yield _sender(path, act, read)
                yield _lines_sender(path, act, read)
            elif "{" in path:
                yield _getter(path, act)
            else:
                yield _lister(path, act)


def _sender(path: str, act: dict[str, Any], read: str) -> str:
    one = type_of(act["requestBody"]["content"]["application/json"]["schema"]["anyOf"][0])
    told = type_of(_schema(act, "201"))
    return f'''    def {act["operationId"]}(
        self, items: {one} | {read} | Sequence[{one} | {read}], *, idempotency_key: str | None = None
    ) -> {told}:
        """{act["summary"]}: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("{told}", json.loads(self._send("{path}", _json(items), JSON, idempotency_key).body))
'''


def _lines_sender(path: str, act: dict[str, Any], read: str) -> str:
    one = type_of(act["requestBody"]["content"]["application/x-ndjson"]["x-line"])
    told = type_of(act["responses"]["200"]["content"]["application/x-ndjson"]["x-line"])
    return f'''    def {act["operationId"]}_by_line(
        self, items: Iterable[{one} | {read}], *, idempotency_key: str | None = None
    ) -> list[{told}]:
        """{act["summary"]}: each for itself; returns what became of each, in order."""
        answer = self._send("{path}", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]
'''


def _getter(path: str, act: dict[str, Any]) -> str:
    name = next(one["name"] for one in act["parameters"] if one["in"] == "path")
    place, told = path.replace("{" + name + "}", "{_part(" + name + ")}"), type_of(_schema(act, "200"))
    return f'''    def {act["operationId"]}(self, {name}: str | int) -> {told}:
        """{act["summary"]}; raises NotThere."""
        return cast("{told}", self._get(f"{place}"))
'''


def _lister(path: str, act: dict[str, Any]) -> str:
    """Writes the method that walks through all pages, by the link that the document has to the next one."""
    items, told = _items(act)
    parameter, pointer = next(iter(act["responses"]["200"]["links"]["next"]["parameters"].items()))
    following = pointer.rpartition("/")[2]
    asked = [one for one in act["parameters"] if one["in"] == "query" and one["name"] != parameter]
    if parameter == "after":  # a number that callers may keep, unlike a cursor
        asked.append(next(one for one in act["parameters"] if one["name"] == parameter))
    words = "".join(f"        {one['name']}: {type_of(one['schema'])} | None = None,\n" for one in asked)
    query = "".join(f'            "{one["name"]}": {one["name"]},\n' for one in asked)
    lines = "\n".join(f"        {one['name']}: {one['description']}" for one in asked)
    return f'''    def {act["operationId"]}(
        self,
        *,
{words}    ) -> Iterator[{told}]:
        """{act["summary"]}, all pages one after the other.

{lines}
        """
        query = {{
{query}        }}
        return self._walk("{path}", query, "{items}", "{parameter}", "{following}")
'''


def _items(act: dict[str, Any]) -> tuple[str, str]:
    """Returns under which key a page has its items, and their type."""
    fields = _schema(act, "200")["properties"]
    name = next(name for name, field in fields.items() if field.get("type") == "array")
    return name, type_of(fields[name]["items"])


def _schema(act: dict[str, Any], status: str) -> dict[str, Any]:
    found: dict[str, Any] = act["responses"][status]["content"]["application/json"]["schema"]
    return found


def main(file: Path = CLIENT) -> None:
    """Writes the client."""
    file.write_text(client_of(document_of(RESOURCES)), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
