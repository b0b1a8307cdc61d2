"""/outbox: the mails that were decided, by state."""

from __future__ import annotations

from flask import render_template, request

from engine.reports.outbox import PAGE, messages, states
from engine.reports.paces import held_back
from engine.reports.sentences import STATES, message_sentence
from engine.web.app import served
from engine.web.console.room import room, shop_id, voice, whole_number
from models import Customer


@room.get("/outbox")
def outbox() -> str:
    """Lists mails, the newest first; `state` and `rule` choose some."""
    state = request.args.get("state")
    state = state if state in STATES else None
    rule = request.args.get("rule", "")[:128].replace("\0", "")
    found = messages(shop_id(), state, rule, whole_number("before"))
    shown = found[:PAGE]
    people = Customer.select().where(Customer.id.in_(sorted({row.customer_id for row in shown})))
    return render_template(
        "console/outbox.html", page="outbox", messages=shown, people={customer.id: customer for customer in people},
        state=state, rule=rule, counts=states(shop_id()), states=STATES, before=whole_number("before"),
        older=shown[-1].id if len(found) > PAGE else None, sentence=lambda row: message_sentence(row, voice()),
        paces=held_back(served().config, served().clock.now()),
    )  # fmt: skip
