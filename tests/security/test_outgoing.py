"""Where the server itself connects to: nowhere that a shop, a customer or a mail could name."""

from __future__ import annotations

import ast
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.feedback.fetching import NotFetched, fetch
from engine.store import Store
from engine.web.api.credentials import new_key
from models import Address, Customer, Message, Product
from tests.security.conftest import KEY
from tests.security.routes import pages
from tests.web.console.conftest import Login
from tests.web.shopful import NOW, Shopful, Still, config

ROOT = Path(__file__).resolve().parents[2]
CONNECTING = {
    "socket", "ssl", "socketserver", "asyncio", "http.client", "urllib.request", "requests", "httpx", "aiohttp", "urllib3",
    "aiosmtplib", "smtplib", "imaplib", "poplib", "ftplib", "dns", "telnetlib", "xmlrpc", "webbrowser", "subprocess",
    "websockets",
}  # fmt: skip
OPERATOR = "to what config.yaml names: the operator's word, nobody else's"
OWN = "to this machine only"
# Each file that may reach beyond its own process, and what bounds where it goes.
KNOWN = {
    "engine/delivery/catcher.py": "listens on the loopback address",
    "engine/delivery/exchange.py": OPERATOR, "engine/delivery/pool.py": OPERATOR, "engine/delivery/smtp.py": OPERATOR,
    "engine/delivery/talk.py": OPERATOR, "engine/delivery/workers.py": "asks for this machine's name",
    "engine/lease.py": "asks for this machine's name", "engine/wake.py": OWN,
    "engine/feedback/fetching.py": "https to one public address, looked up once: the tests below",
    "engine/notifying/posting.py": "to endpoints of config.yaml, public by default: tests/notifying/test_addresses.py",
    "engine/intake/pulling/asking.py": "to shop systems of config.yaml, by https: tests/shops/test_settings.py",
    "engine/feedback/imap.py": OPERATOR, "engine/watchdog.py": OPERATOR,
    "engine/doctor/answers.py": "asks the machine's resolver about the shop's own sender", "engine/doctor/relay.py": OPERATOR,
    "engine/doctor/sent.py": OPERATOR, "engine/cli/doctor.py": OPERATOR,
    "engine/cli/send.py": OWN, "engine/cli/serve.py": "looks whether its port is free",
    "engine/cli/demo.py": "starts this server's own commands", "engine/roles/supervisor.py": "starts this server's own roles",
    "engine/policy/ruleset.py": "tries an import in a process of its own", "engine/demo/trickle.py": "the demo's own API",
}  # fmt: skip


def imports(file: Path) -> Iterator[str]:
    """The modules that a file names in its imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def connects(file: Path) -> bool:
    """Says whether a file imports anything that can open a connection or start a program."""
    return any(name in CONNECTING or name.split(".")[0] in CONNECTING - {"http"} for name in imports(file))


def test_only_files_that_say_why_can_reach_out() -> None:
    files = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "models").rglob("*.py"), ROOT / "server.py"]
    found = {str(file.relative_to(ROOT)) for file in files if connects(file)}
    assert found - set(KNOWN) == set(), (
        "say in KNOWN what bounds where it goes: see docs/security.md, outgoing requests"
    )
    assert (
        set(KNOWN) - {str(f.relative_to(ROOT)) for f in files if f.exists()} - {"engine/watchdog.py"} == set()
    )


INSIDE = (
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:8000/", "http://[::1]/", "http://localhost:5432/",
    "http://10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:25/_EHLO",
)  # fmt: skip


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Notes whoever asks for a name or connects."""
    asked: list[Any] = []

    def refuse(*args: Any, **more: Any) -> Any:
        asked.append(args)
        raise OSError("no connection in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_address_that_a_shop_sends_is_ever_fetched(
    store: Store, app: Flask, shop: Shopful, login: Login, no_connection: list[Any]
) -> None:
    bearer = {"Authorization": f"Bearer {new_key(shop.shop.id, 'k', NOW)}"}
    client, api = login("admin"), app.test_client()
    for number, url in enumerate(INSIDE):
        product = {
            "id": f"P{number}",
            "name": "A",
            "url": url,
            "image": url,
            "updated_at": "2026-03-01T10:00:00+01:00",
        }
        api.post("/api/v1/products", json=product, headers=bearer)
        event = {
            "kind": "viewed",
            "customer": {"id": "anna"},
            "product": "P1",
            "properties": {"url": url, "referrer": url},
        }
        api.post("/api/v1/events", json=event, headers=bearer)
    Product.update(url=INSIDE[0], image=INSIDE[1]).execute()
    for page in pages(app):
        client.get(page.path, headers={"Referer": INSIDE[0], "X-Forwarded-For": "10.0.0.1"})
    assert no_connection == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_address_in_a_mail_is_fetched_while_it_is_made(
    store: Store, shop: Shopful, no_connection: list[Any], tmp_path: Path
) -> None:
    from engine.delivery.compose import compose
    from engine.delivery.context import context_of
    from engine.delivery.templates import Templates
    from tests.delivery.mails import section, write

    body = section(
        f'<img src="{INSIDE[0]}"><a href="{INSIDE[1]}">x</a><mj-include path="a" />'.replace(
            '<mj-include path="a" />', ""
        )
    )
    write(tmp_path, {"offer/pl/subject.txt": "O", "offer/pl/body.mjml": body})
    Message.update(template="offer", extra={"clicks": True}).execute()
    row = Message.select().where(Message.state == "sent").first()
    address = Address.get_by_id(Customer.get_by_id(row.customer_id).address_id)
    made = compose(
        row, context_of(row, config(), NOW), address, config(), Templates(tmp_path), Still().now(), KEY
    )
    assert made.letter
    assert no_connection == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::1", "2001:db8::1"],
)  # fmt: skip
def test_an_address_inside_is_never_asked_however_it_is_written(
    address: str, no_connection: list[Any]
) -> None:
    with pytest.raises(NotFetched, match="not on the public internet"):
        fetch("https://sns.eu-west-1.amazonaws.com/cert.pem", resolve=lambda host: [address])
    with pytest.raises(NotFetched, match="not on the public internet"):
        fetch("https://sns.eu-west-1.amazonaws.com/cert.pem", resolve=lambda host: ["93.184.215.14", address])
    assert no_connection == []


@pytest.mark.parametrize(
    "url",
    ["http://sns.eu-west-1.amazonaws.com/c.pem", "https://u:p@sns.eu-west-1.amazonaws.com/c.pem", "file:///etc/passwd",
     "https://sns.eu-west-1.amazonaws.com:8443/c.pem", "https:///c.pem", "ftp://example.com/", "gopher://example.com/"],
)  # fmt: skip
def test_only_plain_https_is_asked_for(url: str, no_connection: list[Any]) -> None:
    with pytest.raises(NotFetched):
        fetch(url, resolve=lambda host: ["93.184.215.14"])
    assert no_connection == []


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(no_connection: list[Any]) -> None:
    """A name that stands for another address a moment later (DNS rebinding) gains nothing."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    with pytest.raises(NotFetched):
        fetch("https://sns.eu-west-1.amazonaws.com/c.pem", resolve=lambda host: next(answers))
    assert [args[0] for args in no_connection] == [("93.184.215.14", 443)]
    assert next(answers) == ["127.0.0.1"], "it was looked up once"
