"""The variants of a rule and the wordings of its template: what is compared must have been written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping as Keys
from engine.rulebook.scope import Scope


def demand_wordings(found: Mapping[str, Any], keys: Keys, scope: Scope) -> None:
    """Raises Refused where a rule's variants lack their folders.

    One of them may do without: it is the template as it stands. Two would be the same mail.
    """
    variants, template, written = found.get("variants"), found.get("send"), scope.vocabulary.variants
    node = keys.get("variants")
    if not variants or template is None or written is None or not isinstance(node, Keys):
        return
    known = written.get(template, ())
    lacking = [name for name in variants if name not in known]
    if len(lacking) < 2 and (known or not lacking):
        return
    name = lacking[-1]
    key = node.key(name)
    hint = (
        meant(name, known)
        if known
        else f"; write templates/email/{template}/variants/{name}/LANGUAGE/subject.txt"
    )
    raise Refused(
        key.place if key else keys.place,
        f"the template {template!r} has no variant {name!r}; only one of a rule's variants may do without files of its own{hint}",
    )
