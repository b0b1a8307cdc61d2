"""A shop's developer, who reads what the plug-in has told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from werkzeug.test import TestResponse

from engine.config import Config
from engine.store import Store
from engine.web.api.credentials import new_key
from tests.intake.optica import CONFIG, NOW
from tests.web.api.serving import Calls


class Reader(Calls):
    """Calls with a key that may send and read everything."""

    def __init__(self, store: Store, config: Config = CONFIG) -> None:
        super().__init__(store, config)
        self.key = new_key(self.shop.id, "developer", NOW, ["all"])

    def get(self, path: str, **headers: str) -> TestResponse:
        """Asks for an address below /api/v1/, or for a whole one."""
        sent = {"Authorization": f"Bearer {self.key}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.client.get(path if path.startswith("/") else f"/api/v1/{path}", headers=sent)

    def one(self, resource: str, number: str) -> Any:
        """Returns one item."""
        answer = self.get(f"{resource}/{quote(number, safe='')}")
        assert answer.status_code == 200, answer.text
        return answer.json

    def pages(self, path: str) -> Iterator[list[Any]]:
        """Follows the links from page to page."""
        name = path.partition("?")[0]
        while path:
            answer = self.get(path)
            assert answer.status_code == 200, answer.text
            yield answer.json[name]  # type: ignore[index]
            path = answer.json["next"]  # type: ignore[index]

    def all(self, path: str) -> list[Any]:
        """Returns the items of all pages."""
        return [item for page in self.pages(path) for item in page]
