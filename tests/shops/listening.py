"""A small web server of a test's own, on a free port of this machine, in a thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, Any]  # a status, and what becomes JSON; bytes go as they are
Ask = Callable[
    [str, dict[str, str], dict[str, str], bytes], Answer
]  # path, query, headers in lower case, body


class _Asked(BaseHTTPRequestHandler):
    ask: Ask

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, said = type(self).ask(parts.path, dict(parse_qsl(parts.query)), headers, body)
        text = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(text)),
            "Connection": "close",
        }.items():
            self.send_header(name, value)
        if 300 <= status < 400:
            self.send_header("Location", "https://elsewhere.example/")
        if status in (429, 503):
            self.send_header("Retry-After", "120")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *said: Any) -> None:
        """Says nothing."""


@contextmanager
def listening(ask: Ask) -> Iterator[str]:
    """Gives the address at which `ask` answers."""
    asked = type("Asked", (_Asked,), {"ask": staticmethod(ask)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), asked)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
