"""/audit: who changed what. Only admins see it."""

from __future__ import annotations

from flask import render_template, request

from engine.audit import ACTS
from engine.reports.audit import PAGE, about, entries
from engine.web.console.room import room, whole_number


@room.get("/audit")
def audit() -> str:
    """Lists what people and the server itself did, the newest first; `act` and `author` choose some."""
    act = request.args.get("act")
    act = act if act in ACTS else None
    author = request.args.get("author", "").strip()[:255].replace("\0", "")
    before = whole_number("before")
    found = entries(act, author, before)
    shown = found[:PAGE]
    return render_template(
        "console/audit.html", page="audit", entries=shown, acts=ACTS, act=act, author=author, before=before,
        about=about, older=shown[-1].id if len(found) > PAGE else None,
    )  # fmt: skip
