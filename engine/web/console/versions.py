"""/rules/versions: every time the rules were published, by whom, and what changed in them."""

from __future__ import annotations

from flask import abort, render_template

from engine.reports.versions import files_changed, versions
from engine.rulebook.versions import text_of
from engine.web.app import served
from engine.web.console.room import room


@room.get("/rules/versions")
def all_versions() -> str:
    """Lists what was published, the newest first."""
    return render_template("console/versions.html", page="rules", versions=versions(served().config))


@room.get("/rules/versions/<row:number>")
def one_version(number: int) -> str:
    """Shows one version: the difference from the one before, and all its texts."""
    found = next((each for each in versions(served().config, most=200) if each.id == number), None)
    if found is None:
        abort(404)
    return render_template(
        "console/version.html",
        page="rules",
        version=found,
        files=files_changed(number),
        texts=text_of(found.digest),
    )
