"""GET /health: can this server keep what it is sent?"""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import jsonify
from peewee import DatabaseError, InterfaceError

from engine import bulk
from engine.web.app import served

blueprint = APIBlueprint("health", __name__)


@blueprint.get("/health")
@blueprint.doc(summary="Say whether the store can be reached")
def health():  # type: ignore[no-untyped-def]
    """Answers 200 where the store answers, else 503."""
    try:
        bulk.run(served().store, "select 1")
    except (DatabaseError, InterfaceError) as error:
        return jsonify(status="down", store=type(error).__name__), 503
    return jsonify(status="ok")
