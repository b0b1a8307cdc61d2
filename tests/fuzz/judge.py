"""What no answer may be, whatever was asked, and what no refusal may leave behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.fuzz.calls import Answer, Call
from tests.fuzz.payloads import NDJSON
from tests.fuzz.world import KEY, MINE, SECRETS

PROBLEM = "application/problem+json"
SLOW = 3.0  # seconds of a processor: a request of a megabyte may cost one
WRITES = {"api_key": "when a key was used last"}  # an hour apart, whatever comes of the request
COUNTS = {  # what a refusal may leave, by the beginning of the path: that it came, and what came
    "/webhooks/mail/": {"feedback_count"},
    "/webhooks/": {"source", "refused_message"},
    "/login": {"act"},  # whose password was tried in vain
    "/c/": {"click", "message"},
}
DENIED = {"/webhooks/mail/": {"feedback_count"}, "/webhooks/": {"source"}}
SECRET = tuple(secret.encode() for own in SECRETS.values() for secret in own.values()) + (KEY, MINE.encode())
MACHINES = ("/api/", "/webhooks/")


def faults(call: Call, answer: Answer, news: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    """Yields what is wrong with an answer, and with what was written in the meantime."""
    if answer.status >= 500:
        yield f"answered {answer.status}"
    if answer.seconds > SLOW:
        yield f"took {answer.seconds:.1f} s of a processor"
    if b"Traceback (most recent call last)" in answer.body or any(secret in answer.body for secret in SECRET):
        yield "tells what is nobody's business"
    if any("\r" in value or "\n" in value for value in answer.headers.values()):
        yield "a header holds a line break"
    if call.denied and answer.status != 401:
        yield f"wrongly signed, and answered {answer.status}"
    yield from _written(call, answer, set(news) - set(WRITES))
    if answer.status >= 400 and call.path.startswith(MACHINES) and call.method != "HEAD":
        yield from _unnamed(call, answer)
    if answer.status == 200 and answer.kind == NDJSON:
        yield from _line_by_line(call, answer, set(news) - set(WRITES))


def _written(call: Call, answer: Answer, news: set[str]) -> Iterator[str]:
    """A refusal writes nothing but that it came; a request that only reads writes nothing at all."""
    reads = call.method.upper() in ("GET", "HEAD", "OPTIONS") and not call.path.startswith("/c/")
    if answer.status < 400 and not reads:
        return
    kept = DENIED if answer.status == 401 else COUNTS
    allowed = next((tables for begins, tables in kept.items() if call.path.startswith(begins)), set())
    if news - allowed:
        yield f"answered {answer.status}, and wrote into {', '.join(sorted(news - allowed))}"


def _unnamed(call: Call, answer: Answer) -> Iterator[str]:
    """Every refusal says in RFC 9457's words what is wrong and where; a field where it is one's."""
    if answer.kind != PROBLEM:
        yield f"answered {answer.status} as {answer.kind}"
        return
    said = json.loads(answer.body)
    if said.get("status") != answer.status or not said.get("title") or not said.get("detail"):
        yield f"a problem without status, title or detail: {said}"
    errors = said.get("errors", [])
    if not errors:
        yield f"answered {answer.status} and names no place: {said}"
    of_all = [{"pointer": "", "detail": said.get("detail")}]  # what a problem says that was given no place
    if answer.status == 422 and errors == of_all and "came with another request before" not in said["detail"]:
        yield f"answered 422 and names no field: {said}"
    for error in errors:
        pointer, detail = error.get("pointer"), error.get("detail")
        if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")) or not detail:
            yield f"an error without pointer or detail: {error}"
        elif call.path.startswith("/api/") and call.method == "POST" and not _leads(pointer, call.body):
            yield f"the pointer {pointer!r} leads nowhere in what was sent"


def _leads(pointer: str, body: bytes) -> bool:
    """Says whether a pointer names a place of the body, or one that is missing in a place of it."""
    try:
        value: Any = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return True
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parts[:-1]:
        if isinstance(value, str):
            return True  # a short form: an address where a customer would stand
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, ValueError, IndexError, TypeError):
            return False
    return not parts or isinstance(value, dict | list | str)


def _line_by_line(call: Call, answer: Answer, news: set[str]) -> Iterator[str]:
    """Each line has its result, in order; where all are refused nothing is written."""
    results = [json.loads(line) for line in answer.body.splitlines()]
    lines = [number for number, line in enumerate(call.body.split(b"\n"), 1) if line.strip()]
    if [result["line"] for result in results] != lines:
        yield f"{len(lines)} lines and {len(results)} results"
    refused = [result for result in results if result["status"] == "refused"]
    if any(not error["detail"] for result in refused for error in result["errors"]):
        yield "a line is refused without a reason"
    if len(refused) == len(results) and "Idempotency-Key" not in call.headers and news:
        yield f"all lines were refused, and it wrote into {', '.join(sorted(news))}"
