"""One request, down to what no well-behaved client sends, and the answer to it; nothing stands between but WSGI."""

from __future__ import annotations

import io
import json
import time
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `length` is what Content-Length says where it lies, `chunked` that there is none; `area` is for the table."""

    area: str
    method: str
    path: str
    body: bytes = b""
    kind: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""
    length: str | None = None
    chunked: bool = False
    caller: str = "127.0.0.1"
    denied: bool = False  # its signature or key is wrong: nothing but 401 will do

    def as_json(self) -> dict[str, Any]:
        """Writes it down, to be asked again."""
        return asdict(self) | {"body": b64encode(self.body).decode()}

    def shown(self) -> str:
        """Writes it in one line that a person can read."""
        said = json.dumps({name: value for name, value in self.headers.items() if len(value) < 80})
        return f"{self.method} {self.path[:120]!r}?{self.query[:80]!r} {self.kind} {said} {self.body[:400]!r}"


def call_of(written: dict[str, Any]) -> Call:
    """Reads what `as_json` wrote."""
    return Call(**written | {"body": b64decode(written["body"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, what it cost a processor, and what broke if something did."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    cookies: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Returns its content type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]


def environ_of(call: Call) -> dict[str, Any]:
    """Returns the request as gunicorn hands it over: path and headers are bytes, in latin-1."""
    path = unquote_to_bytes(call.path.encode("utf-8", "surrogatepass")).decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": call.method, "SCRIPT_NAME": "", "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1",
        "QUERY_STRING": quote(call.query.encode("utf-8", "surrogatepass"), safe="%&=+?/:;,@!$'()*~-._ "),
        "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "REMOTE_ADDR": call.caller, "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(call.body), "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.input_terminated": True,
        "HTTP_HOST": "localhost:8000",
    }  # fmt: skip
    if call.kind is not None:
        environ["CONTENT_TYPE"] = _latin(call.kind)
    if call.chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(len(call.body)) if call.length is None else call.length
    for name, value in call.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = _latin(value)
    return environ


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def ask(app: Any, call: Call) -> Answer:
    """Sends a request through the application and reads the answer whole."""
    began, started = time.thread_time(), []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        started[:] = [status, headers]

    chunks = app(environ_of(call), start_response)
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    status, headers = started
    cookies = tuple(value for name, value in headers if name.lower() == "set-cookie")
    found = {name.lower(): value for name, value in headers}
    return Answer(int(status.split(" ")[0]), found, body, time.thread_time() - began, cookies)
