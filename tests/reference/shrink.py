"""Makes a story on which two readings differ as small as it goes: everything that can be left out is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from engine.errors import RegularsError
from engine.rehearsal.cases import Given
from tests.reference.story import Story, Text

Differs = Callable[[Story], bool]
TRIES = 600


def shrink(story: Story, differs: Differs) -> Story:
    """Returns a smaller story that still differs."""
    tries = 0
    while True:
        for smaller in _smaller(story):
            tries += 1
            if tries > TRIES:
                return story
            if _still(smaller, differs):
                story = smaller
                break
        else:
            return story


def _still(story: Story, differs: Differs) -> bool:
    """What cannot be read or played is no smaller case of the same."""
    try:
        return differs(story)
    except (RegularsError, ValueError, LookupError, AssertionError):
        return False


def _smaller(story: Story) -> Iterator[Story]:
    if story.outages:
        yield replace(story, outages=())
    if len(story.texts) > 1:
        yield replace(story, texts=story.texts[:1])
        yield replace(story, texts=((story.start, story.texts[1][1]),))
    for number, (at, text) in enumerate(story.texts):
        for less in _texts(text):
            yield replace(story, texts=(*story.texts[:number], (at, less), *story.texts[number + 1 :]))
    for given in _histories(story):
        yield replace(story, given=tuple(given))


def _histories(story: Story) -> Iterator[list[Given]]:
    for name in story.names[1:]:
        yield [g for g in story.given if name not in (g.keys.get("customer"), g.keys.get("id"))]
    for number, item in enumerate(story.given):
        before, after = list(story.given[:number]), list(story.given[number + 1 :])
        if item.kind != "customer" or item.at is not None:
            id_ = item.keys.get("id") if item.kind in ("ordered", "complained") else item
            yield [g for g in before + after if id_ not in (g.keys.get("order"), g.keys.get("complaint"))]
        if item.recorded_at is not None:
            yield [*before, replace(item, recorded_at=None), *after]
        for keys in _keys(item.keys):
            yield [*before, replace(item, keys=keys), *after]


def _keys(keys: Any) -> Iterator[dict[str, Any]]:
    for key in keys:
        if key not in ("id", "customer", "order", "lines", "product", "price", "purpose", "complaint"):
            yield {k: v for k, v in keys.items() if k != key}
    lines = keys.get("lines", ())
    for number in range(len(lines) if len(lines) > 1 else 0):
        yield {**keys, "lines": [*lines[:number], *lines[number + 1 :]]}


def _texts(text: Text) -> Iterator[Text]:
    for number in range(len(text.rules) if len(text.rules) > 1 else 0):
        yield replace(text, rules=[*text.rules[:number], *text.rules[number + 1 :]])
    for policy in _without(text.policy, ()):
        yield replace(text, policy=policy)
    for name in text.segments:
        yield replace(text, segments={k: v for k, v in text.segments.items() if k != name})
    for number, rule in enumerate(text.rules):
        for less in _without(rule, ("rule", "when", "send")):
            yield replace(text, rules=[*text.rules[:number], less, *text.rules[number + 1 :]])


def _without(value: Any, kept: tuple[str, ...]) -> Iterator[Any]:
    """Yields a copy of nested plain values without one of its parts, or with one part for the whole."""
    if isinstance(value, dict):
        for key in value:
            if key not in kept:
                yield {k: v for k, v in value.items() if k != key}
        for key, inner in value.items():
            for less in _without(inner, ()):
                if less not in ({}, []):
                    yield {**value, key: less}
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield [*value[:number], *value[number + 1 :]]
            for less in _without(inner, ()):
                yield [*value[:number], less, *value[number + 1 :]]
