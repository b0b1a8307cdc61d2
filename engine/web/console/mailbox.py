"""/mailbox: what the mail catcher took in place of a server, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from engine.clock import moment
from engine.reports.mailbox import PAGE, Mail, after, newest, read_mail
from engine.store import Store
from engine.web.app import served
from engine.web.console.room import room, whole_number
from models import Caught


@room.get("/mailbox")
def mailbox() -> str:
    """Lists the caught mails, the newest first; `to` chooses an address."""
    to = request.args.get("to", "").strip()[:320].replace("\0", "")
    found = newest(whole_number("before"), to)
    shown = found[:PAGE]
    return render_template(
        "console/mailbox.html", page="mailbox", mails=shown, to=to, before=whole_number("before"),
        older=shown[-1].id if len(found) > PAGE else None,
    )  # fmt: skip


@room.get("/mailbox/<row:number>")
def mail(number: int) -> str:
    """Shows one caught mail."""
    return render_template("console/mail.html", page="mailbox", mail=_find(number))


@room.get("/mailbox/<row:number>/html")
def mail_html(number: int) -> ResponseReturnValue:
    """Gives the mail's HTML for the sandboxed frame."""
    return _find(number).html or abort(404), {"X-Shown-Mail": "1"}


@room.get("/mailbox.json")
def mailbox_json() -> Response:
    """Gives every caught mail in order of arrival; `to` chooses an address, `after` the mails after an id."""
    last = whole_number("after") or 0
    to = request.args.get("to", "").replace("\0", "") or None
    return Response(_json(served().store, last, to), mimetype="application/json")


def _json(store: Store, last: int, to: str | None) -> Iterator[str]:
    """Writes the list a chunk at a time, so that a long day's mails need no more memory than a short one's."""
    opening = "["
    while True:
        with store.use():  # the request's own connection is given back before the body is read
            chunk = after(last, to)
        if not chunk:
            break
        for each in chunk:
            yield opening + json.dumps(_shape(each), ensure_ascii=False)
            opening = ",\n"
        last = chunk[-1].id
    yield "[]" if opening == "[" else "]"


def _shape(mail: Mail) -> dict[str, Any]:
    return asdict(mail) | {"at": moment(mail.at).isoformat()}


def _find(number: int) -> Mail:
    found = Caught.get_or_none(Caught.id == number)
    return read_mail(found) if found else abort(404)
