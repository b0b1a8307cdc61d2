"""/customers/ID: one customer's profile, consents and whole story."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template
from peewee import JOIN

from engine.consent.suppression import story
from engine.reports.customers import NOTHING, bought_by, consents, what_about
from engine.reports.sentences import decision_sentence, message_sentence
from engine.reports.timeline import timeline
from engine.web.console.room import room, shop_id, voice, whole_number
from models import Address, Customer

LAST_PAGE = 250
STORY = 10  # lines of what became of the address


@room.get("/customers/<row:number>")
def customer(number: int) -> str:
    """Shows everything that is known of a customer, the newest first."""
    found = find(number)
    at_page = min(whole_number("page") or 0, LAST_PAGE)
    moments, more = timeline(found.id, at_page)
    return render_template(
        "console/customer.html", page="customers", customer=found, at_page=at_page, moments=moments, more=more,
        consents=consents(found.id), bought=bought_by([found.id]).get(found.id, NOTHING),
        about=lambda change: what_about(change, voice()), sentence=lambda row: decision_sentence(row, voice()),
        mail_sentence=lambda row: message_sentence(row, voice()), story=story(found.address_id, STORY),
    )  # fmt: skip


def find(number: int) -> Any:
    """Returns a customer of the shop that is looked at, with the address; 404 for any other."""
    mine = (Customer.shop == shop_id()) & (Customer.id == number)
    found = Customer.select(Customer, Address).join(Address, JOIN.LEFT_OUTER).where(mine).first()
    return found or abort(404)
