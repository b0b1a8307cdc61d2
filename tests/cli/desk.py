"""An operator's desk: a home with a stepped clock, a folder of rules, and the command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ORDERS = """order_id,placed_at,customer_id,email,first_name,product,category,quantity,price
1,2026-01-01 12:00,anna,anna@example.com,Anna,A,lenses,1,60
2,2026-01-10 12:00,borys,borys@example.com,Borys,B,lenses,1,60
3,2025-11-01 12:00,celina,celina@example.com,Celina,B,lenses,1,60
"""
REFILL = (
    "- {rule: refill, title: Time again, when: {bought: any, after: 20 days}, send: plain, note: Yours}\n"
)
CONFIG = """
shops:
  - shop: optyk
    name: Optyk
    sender: {name: Optyk, address: sklep@optyk.example}
    postal: "Optyk, ul. Szeroka 14, Kraków"
"""


@dataclass
class Desk:
    """Calls commands and reads what they print."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def rules(self) -> Path:
        return self.folder / "rules"

    def write(self, text: str, file: str = "refill.yaml") -> None:
        (self.rules / file).write_text(text, "utf-8")

    def call(self, *words: str) -> tuple[int, str, str]:
        """Returns exit code, standard output and standard error of one command."""
        self.capture.readouterr()
        places = ["--config", str(self.folder / "config.yaml"), "--rules", str(self.rules)]
        code = main([*words, *places, "--home", str(self.folder / "var")])
        said = self.capture.readouterr()
        return code, said.out, said.err

    def done(self, *words: str) -> str:
        """Returns what a command printed that must succeed."""
        code, out, err = self.call(*words)
        assert code == 0, out + err
        return out

    def json(self, *words: str) -> Any:
        return json.loads(self.done(*words, "--json"))


def new_desk(
    folder: Path, database_url: str, capture: pytest.CaptureFixture[str], more: str = "", orders: str = ORDERS
) -> Desk:
    """Opens a home at noon of 15 January with three customers' history and one rule that has ticked."""
    desk = Desk(folder, capture)
    desk.rules.mkdir()
    (folder / "config.yaml").write_text(
        f"{CONFIG}templates: {TEMPLATES}\ndatabase: {database_url}\n{more}", "utf-8"
    )
    (folder / "orders.csv").write_text(orders, "utf-8")
    consents = [
        {"resource": "consents", "customer": {"email": f"{name}@example.com"}, "purpose": "marketing", "granted": True,
         "at": "2025-10-01", "source": "checkout"}
        for name in ("anna", "borys", "celina")
    ]  # fmt: skip
    (folder / "consents.ndjson").write_text("\n".join(map(json.dumps, consents)), "utf-8")
    desk.write(REFILL)
    desk.done("migrate", "--stepped", "--at", "2026-01-15T12:00")
    desk.done("import", str(folder / "orders.csv"))
    desk.done("import", str(folder / "consents.ndjson"))
    return desk
