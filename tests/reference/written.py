"""Stories as YAML that a person can read, change and play again: tests/reference/found holds such files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from engine.errors import Place
from engine.rehearsal.cases import Given
from tests.reference.moments import EPOCH, at_of
from tests.reference.story import Seen, Story, Text, config

UTC_SHAPE = "%Y-%m-%dT%H:%MZ"


def moment(at: int) -> str:
    """An instant in UTC."""
    return (EPOCH + timedelta(microseconds=at)).strftime(UTC_SHAPE)


def _instant(said: str) -> int:
    return at_of(datetime.strptime(said, UTC_SHAPE).replace(tzinfo=UTC))


def written(story: Story, why: str = "", expect: list[Seen] | None = None) -> str:
    """A story as YAML: its texts as the marketer's files hold them, what is given as in a rule test."""
    lines = [f"why: {_json(why)}", f"zone: {story.shop.timezone}", "books:"]
    for at, text in story.texts:
        lines += [f"  - at: {moment(at)}", "    rules:", *(f"      - {_json(rule)}" for rule in text.rules)]
        lines += [f"    segments: {_json(text.segments)}", f"    policy: {_json(text.policy)}"]
    lines += ["given:", *(f"  - {_json(_item(item))}" for item in story.given)]
    lines += [f"start: {moment(story.start)}", f"until: {moment(story.until)}"]
    lines += [f"outages: {_json([[moment(a), moment(b)] for a, b in story.outages])}"]
    if expect is not None:
        lines += ["expect:", *(f"  - {_json(shown(one))}" for one in expect)]
    return "\n".join(lines) + "\n"


def shown(one: Seen) -> str:
    """One decision in a line."""
    return f"{moment(one.at)} {one.outcome} {one.rule} to {one.customer} ({moment(one.anchor)}) {one.reason}".rstrip()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _item(item: Given) -> dict[str, Any]:
    times = {"at": item.at, "recorded_at": item.recorded_at}
    return {item.kind: {k: moment(v) for k, v in times.items() if v is not None} | dict(item.keys)}


def read(text: str) -> tuple[Story, list[str] | None]:
    """Reads such a file back: the story, and what must become of it where it says so."""
    plain = YAML(typ="safe").load(text)
    texts = tuple(
        (_instant(str(b["at"])), Text(b["rules"], b["segments"], b["policy"])) for b in plain["books"]
    )
    given = tuple(_given(*next(iter(item.items()))) for item in plain["given"])
    shop = config().shops[0].model_copy(update={"timezone": plain["zone"]})
    outages = tuple((_instant(a), _instant(b)) for a, b in plain["outages"])
    story = Story(shop, texts, given, _instant(plain["start"]), _instant(plain["until"]), outages)
    return story, (plain["expect"] or []) if "expect" in plain else None


def _given(kind: str, keys: dict[str, Any]) -> Given:
    at, recorded = keys.pop("at", None), keys.pop("recorded_at", None)
    return Given(kind, None if at is None else _instant(at), None if recorded is None else _instant(recorded), keys,
                 Place("found"))  # fmt: skip


def found_files() -> list[Path]:
    """The failures that were found, each in a file of its own."""
    return sorted((Path(__file__).parent / "found").glob("*.yaml"))
