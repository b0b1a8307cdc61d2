"""docs/webhooks.md is true: its settings are read, its examples have the fields that are sent, its code believes us."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine.config import read_config
from engine.config_endpoints import HAPPENINGS, Endpoint
from engine.notices import facts_of
from engine.notifying.bodies import body_of
from engine.standard_webhooks import sign
from models import Message, Notice
from tests.notifying.receiver import SECRET, Receiver
from tests.outbox.shop import NOON

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text("utf-8")
EXAMPLES = {said["type"]: said for said in map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))}
MAIL = facts_of(Message(id=812, rule="lens-refill", purpose="marketing", template="plain"))
FACTS: dict[str, dict[str, Any]] = {
    "message.sent": MAIL, "goal.reached": MAIL | {"goal": "ordered", "sent_at": "2026-03-01T11:00:00.000Z"},
    "customer.unsubscribed": {"purpose": "newsletter", "source": "unsubscribe"},
}  # fmt: skip


def test_the_settings_of_the_page_are_read_and_all_of_them_stand_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(os.environ, "CRM_SECRET", SECRET)
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    shop = {
        "shop": "optyk",
        "name": "O",
        "postal": "ul. Szeroka 14",
        "sender": {"name": "O", "address": "o@o.pl"},
    }
    [endpoint] = read_config({"shops": [shop | YAML(typ="safe").load(block)]}).shops[0].endpoints
    assert (endpoint.secrets, endpoint.events) == ((SECRET,), ("customer.unsubscribed", "goal.reached"))
    rows = re.findall(
        r"^\| `(\w+)` \| [^\n]* \| ([^|\n]+) \|$", PAGE.partition("## What is told")[0], re.MULTILINE
    )
    assert {name for name, _ in rows} == set(Endpoint.model_fields)
    for name, default in rows:
        field = Endpoint.model_fields[name]
        usual = (
            "required"
            if field.is_required()
            else {None: "none", False: "false", HAPPENINGS: "all"}.get(field.default)
        )  # type: ignore[call-overload]
        assert default == (usual if usual is not None else str(field.default)), name


@pytest.mark.parametrize("kind", FACTS)
def test_an_example_of_the_page_is_what_is_sent(kind: str) -> None:
    shown = EXAMPLES[kind]
    endpoint = Endpoint(name="crm", url="https://crm.example/", secrets=(SECRET,))
    sent = json.loads(body_of(Notice(kind=kind, at=NOON, facts=FACTS[kind]), "optyk", ("c1", None), endpoint))
    assert (list(sent), sent["data"]) == (list(shown), shown["data"])


def test_every_kind_has_a_row() -> None:
    table = PAGE.partition("| type | when |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z.]+)`", table, re.MULTILINE)) == {*HAPPENINGS, "test"}


def test_the_code_of_the_page_believes_us(monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    there: dict[str, Any] = {}
    exec(compile(code, "docs/webhooks.md", "exec"), there)  # noqa: S102 - our own page
    receiver = Receiver()
    receiver.heads, receiver.bodies = (
        [sign([SECRET], "msg_1", NOON, '{"type": "test"}')],
        ['{"type": "test"}'],
    )
    assert receiver.believes(SECRET, NOON, monkeypatch) == [{"type": "test"}]
    assert there["receive"](SECRET, receiver.bodies[0], receiver.heads[0]) == {"type": "test"}
    receiver.close()
