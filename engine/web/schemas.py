"""GET /schema/rules.json, segments.json, policy.json and tests.json: what editors complete and check rules with."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, request

from engine.reports.schemas import SCHEMAS
from engine.rulebook.vocabulary import Vocabulary
from engine.web.app import served

AN_HOUR = 3600
blueprint = Blueprint("schemas", __name__, url_prefix="/schema")


@blueprint.get("/<name>.json")
def schema(name: str) -> Response:
    """Answers one schema; it is public, so it knows the language and the purposes, but no shop's templates."""
    if name not in SCHEMAS:
        abort(404)
    words = Vocabulary(purposes=served().config.all_purposes())
    answer = Response(json.dumps(SCHEMAS[name](words)), mimetype="application/schema+json")
    answer.headers["Access-Control-Allow-Origin"] = "*"  # an editor in a browser may ask as well
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.cache_control.public, answer.cache_control.max_age = True, AN_HOUR
    answer.add_etag()
    answer.make_conditional(request)
    return answer
