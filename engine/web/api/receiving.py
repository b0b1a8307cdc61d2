"""What all resources do with a request: who asks, all or nothing or line by line, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine.config import Config, ShopConfig
from engine.errors import ConfigError, IntakeError
from engine.failpoint import failpoint
from engine.intake.accepting import Intake
from engine.intake.checking import Checker
from engine.intake.checking import Problem as Found
from engine.intake.reading import reading_for
from engine.store import Store
from engine.web.api.bodies import NDJSON, Malformed, kind_of, read_json, read_lines
from engine.web.api.credentials import Caller, caller_of_request, confirm, familiar_caller
from engine.web.api.idempotency import Answer, key_of_request, once
from engine.web.api.limiting import count_items
from engine.web.api.problems import Problem
from engine.web.api.resting import LARGE, collector_resting
from engine.web.api.scopes import demand
from engine.web.api.together import TOGETHER, Together, Write
from engine.web.app import Served, served, wake

Ask = Callable[[Write], Answer]


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of thing that shops send."""

    name: str
    checker: Checker[Any]
    write: Write
    summary: str


def add_resource(api: APIBlueprint, resource: Resource) -> None:
    """Adds POST /NAME."""
    view = lambda: receive(resource)  # noqa: E731
    view.__doc__ = resource.summary
    api.add_url_rule(
        f"/{resource.name}", resource.name, api.doc(summary=resource.summary)(view), methods=["POST"]
    )


def receive(resource: Resource) -> Response:
    """Answers one request; a 2xx means that it is committed and durable."""
    here = served()
    now = here.clock.now()
    caller = _caller(here.store, now)
    try:
        demand(caller, f"{resource.name}:write")
        return _answered(resource, here, caller, now)
    except (Problem, IntakeError, RequestEntityTooLarge):
        # whose key was revoked meanwhile hears of that, and of nothing else
        confirm(here.store, [caller.digest], now)
        raise


def _answered(resource: Resource, here: Served, caller: Caller, now: int) -> Response:
    kind = kind_of(request.mimetype, request.headers.get("Content-Encoding"))
    key = key_of_request()
    body = _body()
    intake = Intake(
        here.store, here.config, _shop(here.config, caller.shop), caller.shop_id, now, False, set()
    )
    answering = _lines if kind == NDJSON else _all_or_nothing
    together: Together = current_app.extensions[TOGETHER]
    with collector_resting(len(body)), together.undisturbed(len(body) >= LARGE and not here.store.postgresql):
        ask = answering(resource, intake, body)
        if key:
            answer = once(here.store, caller.shop_id, key, body, now, lambda: ask(resource.write))
            if not answer.replayed:
                failpoint("intake.committed")
                wake(current_app)
        else:
            answer = ask(partial(together.write, resource.write, caller.digest))
    told = kind if answer.status == 200 else "application/json"
    return Response(answer.body, answer.status, answer.headers, mimetype=told)


def _caller(store: Store, now: int) -> Caller:
    """Says who asks; the key is asked of the store now, or where the items are written, which saves a look at it."""
    keyed = "Idempotency-Key" in request.headers  # a kept answer is repeated without writing
    return caller_of_request(store, now) if keyed else familiar_caller(store, now)


def _body() -> bytes:
    """Reads the body whole; one that comes in chunks is cut off at the limit, and must not be taken for all of it."""
    body = request.get_data(cache=False)
    if request.content_length is None and len(body) >= served().config.limits.body_bytes:
        raise RequestEntityTooLarge
    return body


def _shop(config: Config, key: str) -> ShopConfig:
    try:
        return config.shop(key)
    except ConfigError:
        raise Problem(403, f"the shop {key!r} of this key stands no longer in config.yaml") from None


def _all_or_nothing(resource: Resource, intake: Intake, body: bytes) -> Ask:
    """One object or a list: everything is kept, or a problem says why nothing is."""
    try:
        sent = read_json(body)
    except Malformed as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    raws = sent if isinstance(sent, list) else [sent]
    _not_too_many(len(raws))
    items = resource.checker.check_all(raws, _reading(intake), isinstance(sent, list))

    def work(write: Write) -> Answer:
        done = write(intake, items, raws)
        return Answer(201, json.dumps({"accepted": done.accepted, "unchanged": done.unchanged}))

    return work


def _lines(resource: Resource, intake: Intake, body: bytes) -> Ask:
    """NDJSON: what can be kept of it is kept, and each line has its own result."""
    lines = read_lines(body)
    _not_too_many(len(lines))
    reading = _reading(intake)
    checked = [(number, *_line(resource, reading, line)) for number, line in lines]
    good = [(item, raw) for _, item, raw, _ in checked if item is not None]

    def work(write: Write) -> Answer:
        done = write(intake, [item for item, _ in good], [raw for _, raw in good])
        outcomes = iter(done.outcomes)
        results = [
            _result(number, next(outcomes) if item is not None else None, found)
            for number, item, _, found in checked
        ]
        return Answer(200, "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results))

    return work


def _line(resource: Resource, reading: Any, line: bytes) -> tuple[Any, Any, list[Found]]:
    try:
        raw = read_json(line)
    except Malformed as error:
        return None, None, [("", f"the line is not JSON: {error}")]
    item, found = resource.checker.check(raw, reading)
    return item, raw, found


def _result(number: int, outcome: str | None, found: list[Found]) -> dict[str, Any]:
    if outcome is not None:
        return {"line": number, "status": outcome}
    return {"line": number, "status": "refused", "errors": [{"pointer": p, "detail": d} for p, d in found]}


def _reading(intake: Intake) -> Any:
    return reading_for(intake.config, intake.shop, intake.now)


def _not_too_many(count: int) -> None:
    most = served().config.limits.orders_per_request
    if count > most:
        raise Problem(413, f"a request has at most {most} items here; this one has {count}: send it in parts")
    count_items(count)
