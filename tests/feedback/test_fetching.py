"""Fetching what a message made us fetch: never from inside, never by another name, never far (server-side request forgery)."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.feedback import fetching
from engine.feedback.fetching import NotFetched, fetch, is_public
from tests.certificates import write_pair

NAME = "sns.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
        "2002:7f00:1::", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_no_address_inside_is_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(NotFetched, match="public internet"):
        fetch(f"https://{NAME}/x", resolve=lambda _: [address])
    with pytest.raises(NotFetched, match="public internet"):
        fetch(f"https://{NAME}/x", resolve=lambda _: ["52.95.1.1", address])  # one bad one is enough


def test_addresses_outside_are_public() -> None:
    assert is_public("52.95.110.1")
    assert is_public("2a05:d018::1")


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://example.com:8443/", "https://u:p@example.com/", "file:///etc/passwd", "https:///x", "", "x"],
)  # fmt: skip
def test_only_plain_https_is_fetched(url: str) -> None:
    def nobody(_: str) -> list[str]:
        raise AssertionError("looked up")

    with pytest.raises(NotFetched, match="https"):
        fetch(url, resolve=nobody)


@contextmanager
def served(pair: tuple[Path, Path], answer: bytes, drip: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """A web server in TLS on this machine that gives one answer to everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    server, asked = socket.create_server(("127.0.0.1", 0)), list[bytes]()
    done = threading.Event()

    def work() -> None:
        while True:
            try:
                plain, _ = server.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as client:
                    asked.append(client.recv(4096))
                    client.sendall(answer)
                    while drip and not done.wait(0.05):
                        client.sendall(b"x")
            except OSError:
                pass
            finally:
                plain.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], asked
    finally:
        done.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    found = write_pair(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(found[0]))
    return found


def get(port: int, host: str = NAME) -> bytes:
    """Fetches by name from this machine, which only a test lets pass for public."""
    return fetch(f"https://{host}/a?b=c", resolve=lambda _: ["127.0.0.1"], allowed=lambda _: True, port=port)


def test_the_address_that_was_looked_at_is_asked_by_its_name(pair: tuple[Path, Path]) -> None:
    with served(pair, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncert") as (port, asked):
        assert get(port) == b"cert"
    assert asked[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: {NAME}".encode() in asked[0]


def test_a_certificate_for_another_name_is_refused(pair: tuple[Path, Path]) -> None:
    with (
        served(pair, b"HTTP/1.1 200 OK\r\n\r\n") as (port, asked),
        pytest.raises(NotFetched, match=r"(?i)certificate"),
    ):
        get(port, "sns.us-east-1.amazonaws.com")
    assert asked == []


@pytest.mark.parametrize("status", ["302 Found\r\nLocation: https://169.254.169.254/", "404 No", "500 Oops"])
def test_no_redirect_is_followed(pair: tuple[Path, Path], status: str) -> None:
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    with served(pair, answer) as (port, _), pytest.raises(NotFetched, match=status[:3]):
        get(port)


def test_what_is_too_much_or_too_slow_is_given_up(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        served(pair, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000) as (port, _),
        pytest.raises(NotFetched, match="too"),
    ):
        get(port)
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    began = time.monotonic()
    with (
        served(pair, b"HTTP/1.1 200 OK\r\n\r\n", drip=True) as (port, _),
        pytest.raises(NotFetched, match="slowly"),
    ):
        get(port)
    assert time.monotonic() - began < 5


def test_a_server_that_speaks_something_else_is_given_up(pair: tuple[Path, Path]) -> None:
    with served(pair, b"220 mail ESMTP\r\n") as (port, _), pytest.raises(NotFetched):
        get(port)
    with pytest.raises(NotFetched):
        get(port)
