"""The HTTP API: each act is one file, and all speak problem+json where something is wrong."""

from __future__ import annotations

from apiflask import APIBlueprint, APIFlask

from engine.web.api import (
    consents,
    coupons,
    customers,
    document,
    events,
    health,
    limiting,
    metrics,
    orders,
    problems,
    products,
    reading,
    refunds,
)
from engine.web.api.meter import Meter
from engine.web.api.receiving import add_resource
from engine.web.api.together import TOGETHER, Together
from engine.web.app import wake

RESOURCES = (
    orders.RESOURCE,
    customers.RESOURCE,
    products.RESOURCE,
    events.RESOURCE,
    consents.RESOURCE,
    refunds.RESOURCE,
)


def register(app: APIFlask) -> None:
    """Adds the API, its document, and the pages that watch it."""
    api = APIBlueprint("api", __name__, url_prefix="/api/v1")
    for resource in RESOURCES:
        add_resource(api, resource)
    coupons.add_coupons(api)
    reading.any_id(app)
    reading.add_readings(api)
    api.after_request(limiting.tell)
    app.extensions[limiting.METER] = Meter()  # the role that serves has one that its processes share
    app.register_blueprint(api)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.extensions[TOGETHER] = Together(lambda: wake(app))
    document.describe(app, RESOURCES)
    problems.install(app)
