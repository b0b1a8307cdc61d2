"""RFC 9457: every error of the API is application/problem+json and says where and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, request
from peewee import DatabaseError, InterfaceError
from werkzeug.exceptions import HTTPException, InternalServerError

from engine.errors import IntakeError, RegularsError
from engine.store import root_of

TYPE = "application/problem+json"
WHOLE = ""  # RFC 6901: the pointer to all of a document, for what has no narrower place


class Problem(RegularsError):
    """An answer that says what is wrong with a request, and always where: `errors` without an item names all of it."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status, self.headers = status, headers or {}
        self.errors = tuple(errors) or ((WHOLE, detail),)
        super().__init__(detail)


def problem_response(problem: Problem) -> Response:
    """Writes a problem as RFC 9457 says."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.message,
        "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in problem.errors],
    }
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, problem.status, problem.headers, mimetype=TYPE)


def install(app: Flask) -> None:
    """Makes the API's errors problems; those of the pages for people stay as their rooms make them."""
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(IntakeError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DatabaseError, _store_down)
    app.register_error_handler(InterfaceError, _store_down)


def _refused(error: IntakeError) -> Response:
    return problem_response(
        Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "nothing was kept: " + error.message, error.problems)
    )


DETAILS = {
    404: "there is no such address; /docs lists what there is",
    405: "this address does not take this method",
    413: "the body is larger than this server takes; send it in parts",
    500: "something broke here, and nothing was kept; it is in the server's log",
}


def _http(error: HTTPException) -> Any:
    if not request.path.startswith(("/api/", "/webhooks/", "/collect/")):
        return error
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        structlog.get_logger().error("request failed", path=request.path, exc_info=error.original_exception)
    status = error.code or 500
    headers = {"Allow": ", ".join(error.valid_methods)} if getattr(error, "valid_methods", None) else {}  # type: ignore[attr-defined]
    return problem_response(
        Problem(status, DETAILS.get(status, error.description or error.name), headers=headers)
    )


def _store_down(error: Exception) -> Any:
    """A database that is full, locked or gone is no fault of the request: it may be sent again."""
    structlog.get_logger().error("the store failed", path=request.path, error=root_of(error))
    problem = Problem(
        503, "the store cannot serve now, and nothing was kept; send it again", headers={"Retry-After": "5"}
    )
    return problem_response(problem)
