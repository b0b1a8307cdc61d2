"""The mails of a preview, written as they would be if they left now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.delivery.context import context_of
from engine.delivery.render import Rendered, render
from engine.delivery.templates import Templates
from engine.errors import TemplateFault
from engine.matching.view import View
from engine.rehearsal.preview import Preview, drafts
from models import Customer


@dataclass(frozen=True, slots=True)
class Written:
    """One mail: whose it would be, and what it says, or why it cannot be written."""

    customer: str
    due_at: int
    mail: Rendered | None = None
    fault: str = ""


def letters(view: View, found: Preview, templates: Templates, most: int, key: bytes = b"") -> list[Written]:
    """Writes the first few mails of a preview; what cannot be written says why, and the others go on.

    `key` is the home's, by which each customer's variant is drawn.
    """
    written = []
    made = drafts(view, found, most, key)
    names = names_of(draft.customer_id for draft in made)
    for draft in made:
        name = names[draft.customer_id]
        try:
            mail = render(context_of(draft, view.config, view.now), templates)
            written.append(Written(name, draft.due_at, mail))
        except TemplateFault as fault:
            written.append(Written(name, draft.due_at, fault=str(fault)))
    return written


def names_of(customers: Iterable[int]) -> dict[int, str]:
    """Names customers by the shop's own id, else by address."""
    rows = Customer.select(Customer.id, Customer.external_id, Customer.email).where(
        Customer.id.in_(sorted(set(customers)))
    )
    return {key: external or email or str(key) for key, external, email in rows.tuples()}
