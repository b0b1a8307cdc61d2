"""POST /customers/ID/lift: lets mail go to a customer's address again, in the name of whoever is logged in."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.consent.suppression import lift
from engine.errors import UsageError
from engine.web.app import served
from engine.web.console.customer import find
from engine.web.console.room import room, voice

LONGEST = 500


@room.post("/customers/<row:number>/lift")
def lift_suppression(number: int) -> Response:
    """Lifts a suppression; of somebody who reported spam only with a written reason, of somebody erased never."""
    found = find(number)
    if found.address_id is None:
        abort(404)
    because = request.form.get("because", "")[:LONGEST]
    kept = served()
    try:
        reason = lift(kept.store, found.address_id, current_user.email, because, kept.clock.now(), "console")
    except UsageError:
        flash("suppression.not_lifted")
    else:
        why = voice().known(f"reason.{reason}", reason or "")
        flash(("suppression.lifted", {"why": why}) if reason else "suppression.nothing")  # type: ignore[arg-type]
    return redirect(url_for("console.customer", number=number))
