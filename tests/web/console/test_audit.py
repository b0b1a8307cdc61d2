"""The console writes down who came in, who was refused and who changed what, and shows it to admins."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.audit import write_down
from models import Act, Customer
from tests.web.console.conftest import PASSWORD, Login, log_in, token
from tests.web.shopful import NOW, Shopful


def acts() -> list[tuple[str, str]]:
    """Who did what, in order."""
    return [(act.author, act.act) for act in Act.select().order_by(Act.id)]


def test_logins_refusals_and_logouts_are_written_down(app: Flask, login: Login) -> None:
    login()
    client = app.test_client()
    log_in(client, "ola@example.com", "wrong horse battery")
    log_in(client, "anna@example.com", "wrong horse battery")  # a customer is not named in the log
    log_in(client, "ola@example.com", PASSWORD)
    client.post("/logout", data={"csrf_token": token(client, "/")})
    ola = "ola@example.com"
    assert acts() == [(ola, "login refused"), (ola, "login"), (ola, "logout")]
    assert Act.get().detail == {"address": "127.0.0.1"}


def test_a_new_password_and_a_pause_are_written_down(shop: Shopful, login: Login) -> None:
    client = login("marketer")
    form = {"old": PASSWORD, "new": "another horse battery", "again": "another horse battery"}
    client.post("/account", data={**form, "csrf_token": token(client, "/account")})
    client.post("/rules/thank-you/pause", data={"paused": "yes", "csrf_token": token(client, "/")})
    assert acts() == [("ola@example.com", "password"), ("ola@example.com", "pause")]
    assert {act.channel for act in Act.select()} == {"console"}


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_only_admins_see_the_log(shop: Shopful, login: Login, role: str) -> None:
    client = login(role)
    assert client.get("/audit").status_code == 403
    assert "/audit" not in client.get("/").text


def test_an_admin_reads_and_filters_it(shop: Shopful, login: Login) -> None:
    client, anna = login("admin"), Customer.get(Customer.external_id == "anna")
    write_down("ola@example.com", "pause", "refill", NOW)
    write_down("jolanta", "erase", "optyk", NOW, channel="command", customer=anna.id)
    text = client.get("/audit").text
    assert "Paused" in text
    assert "Erased a customer" in text
    assert f'href="/customers/{anna.id}">optyk · #{anna.id}' in text
    assert 'href="/audit" aria-current="page">Audit</a>' in text
    only = client.get("/audit?act=erase").text
    assert "on the command line" in only
    assert "in the console" not in only
    assert "optyk" not in client.get("/audit?author=example").text.split("<table")[1]
    assert "Nothing of that kind" in client.get("/audit?author=nobody%27--").text


def test_a_long_log_goes_on_on_the_next_page(login: Login) -> None:
    client = login("admin")
    for number in range(60):
        write_down("ola@example.com", "pause", f"rule-{number}", NOW)
    first = client.get("/audit?act=pause").text
    assert first.count("rule-") == 50
    older = first.split("before=")[1].split('"')[0]
    assert client.get(f"/audit?act=pause&before={older}").text.count("rule-") == 10
