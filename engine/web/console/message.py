"""/outbox/ID: one mail with its attempts, the server's answer and a preview."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, render_template
from flask.typing import ResponseReturnValue

from engine.delivery.context import context_of
from engine.delivery.render import Rendered, render
from engine.delivery.templates import Templates
from engine.errors import RegularsError
from engine.feedback.clicks import clicks_of
from engine.reports.returned import came_back
from engine.reports.sentences import message_sentence, returned_words, stop_words
from engine.web.app import served
from engine.web.console.room import room, shop_id, voice
from engine.web.pages import ROOT
from models import Address, Customer, Message


@room.get("/outbox/<row:number>")
def message(number: int) -> str:
    """Shows one mail and what became of it."""
    found = _find(number)
    rendered, error = _rendered(found)
    return render_template(
        "console/message.html", page="outbox", message=found, rendered=rendered, error=error,
        clicks=clicks_of(found.id), sentence=message_sentence(found, voice()), reason=stop_words(found.reason, voice()),
        back=[(row, returned_words(row.kind, voice())) for row in came_back(found.id)],
    )  # fmt: skip


@room.get("/outbox/<row:number>/html")
def message_html(number: int) -> ResponseReturnValue:
    """Gives the mail's HTML for the sandboxed frame."""
    rendered, _ = _rendered(_find(number))
    return (rendered.html if rendered else abort(404)), {"X-Shown-Mail": "1"}


def _find(number: int) -> Any:
    mine = (Message.shop == shop_id()) & (Message.id == number)
    found = (
        Message.select(Message, Customer, Address)
        .join(Customer)
        .switch(Message)
        .join(Address)
        .where(mine)
        .first()
    )
    return found or abort(404)


def _rendered(row: Any) -> tuple[Rendered | None, str]:
    """Writes the mail as it would be written now, or says why that cannot be."""
    config, home = served().config, current_app.extensions.get("home")
    folder = home.templates if home else ROOT / config.templates
    try:
        return render(context_of(row, config, voice().now), Templates(folder / "email")), ""
    except RegularsError as error:
        return None, str(error)
