"""Double opt-in: the mail that asks, once, and the button that answers; opening the link is no answer."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from engine.clock import DAY
from engine.config import Config, ShopConfig
from engine.consent import granted, withdraw
from engine.consent.erasure import erase
from engine.delivery.context import context_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.outbox.confirming import ask_to_confirm
from engine.store import Store
from engine.web.app import create_app
from models import ConsentChange, Message
from tests.delivery.mails import SHIPPED
from tests.intake.optica import CONFIG, NOW, OPTICA, Optica, the_customer
from tests.web.shopful import Still

CAREFUL = ShopConfig.model_validate(
    OPTICA.model_dump() | {"consent": {"double_opt_in": ("marketing", "newsletter")}}
)
SAID = {"granted": True, "source": "checkout", "wording": "Yes, write", "ip": "203.0.113.7"}
ANNA = {
    "id": "anna",
    "email": "anna@example.com",
    "first_name": "Anna",
    "consent": {"marketing": SAID, "newsletter": SAID},
}


class Later(Still):
    """A clock that tests move."""

    at = NOW

    def now(self) -> int:
        return self.at


@pytest.fixture
def config() -> Config:
    return CONFIG.model_copy(update={"shops": (CAREFUL,)})


@pytest.fixture
def optica(store: Store, config: Config) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store, config)
    optica.customers(ANNA)
    return optica


@pytest.fixture
def clock() -> Later:
    return Later()


@pytest.fixture
def client(store: Store, config: Config, clock: Later) -> Any:
    return create_app(config, store, clock).test_client()


def ask(optica: Optica, now: int = NOW) -> int:
    return ask_to_confirm(optica.store, CAREFUL, optica.row.id, now)


def the_mail() -> Message:
    return Message.select().order_by(Message.id.desc()).first()


def test_one_mail_asks_about_both_purposes_once(optica: Optica) -> None:
    assert [ask(optica), ask(optica), ask(optica, NOW + DAY)] == [1, 0, 0]
    mail = the_mail()
    assert (mail.purpose, mail.rule, mail.template) == ("transactional", "double-opt-in", "confirm-consent")
    assert {anchor["name"] for anchor in mail.anchors} == {"marketing", "newsletter"}
    assert mail.expires_at == NOW + 7 * DAY


@pytest.mark.parametrize("language", ["pl", "uk", "ru", "en"])
def test_it_can_be_read_and_leads_to_the_page(optica: Optica, config: Config, language: str) -> None:
    optica.customers({"id": "anna", "language": language, "updated_at": "2026-06-01T12:00:00Z"})
    ask(optica)
    found = render(context_of(the_mail(), config, NOW), Templates(SHIPPED))
    assert f"/y/{the_mail().token}" in found.html
    assert f"/y/{the_mail().token}" in found.text
    assert found.language == language
    assert "/u/" not in found.text  # it is no advertisement


def test_the_button_confirms_and_both_moments_stay(optica: Optica, client: Any, clock: Later) -> None:
    ask(optica)
    clock.at = NOW + DAY
    token = the_mail().token
    for look in (client.get, client.head, client.options):
        assert look(f"/y/{token}").status_code == 200
    assert not granted(the_customer().id, "marketing", clock.at)
    answer = client.post(f"/y/{token}", headers={"User-Agent": "anybody"})
    assert (answer.status_code, "Dziękujemy" in answer.text, "Set-Cookie" in answer.headers) == (
        200,
        True,
        False,
    )
    assert granted(the_customer().id, "marketing", clock.at)
    line = ConsentChange.get(ConsentChange.purpose == "marketing")
    assert (line.asked_at, line.confirmed_at, line.at) == (NOW, NOW + DAY, NOW + DAY)
    assert (line.wording, line.source, line.request_address) == ("Yes, write", "checkout", "127.0.0.1")
    waited = ConsentChange.get(ConsentChange.purpose == "pending:marketing")
    assert waited.request_address == "203.0.113.7"


def test_pressing_it_again_is_as_good_as_the_first_time(optica: Optica, client: Any) -> None:
    ask(optica)
    answers = [client.post(f"/y/{the_mail().token}") for _ in range(3)]
    assert [("Dziękujemy" in answer.text) for answer in answers] == [True, True, True]
    assert ConsentChange.select().where(ConsentChange.purpose == "marketing").count() == 1


def test_after_a_week_it_is_too_late(optica: Optica, client: Any, clock: Later) -> None:
    ask(optica)
    clock.at = NOW + 7 * DAY + 1_000_000
    assert "Nie ma już czego" in client.post(f"/y/{the_mail().token}").text
    assert not granted(the_customer().id, "marketing", clock.at)


def test_what_was_taken_back_meanwhile_is_not_confirmed(optica: Optica, client: Any, clock: Later) -> None:
    ask(optica)
    withdraw(optica.store, optica.row.id, the_customer().address_id, ["marketing"], NOW + 1, "link")
    clock.at = NOW + DAY
    client.post(f"/y/{the_mail().token}")
    now = clock.at
    assert (granted(the_customer().id, "marketing", now), granted(the_customer().id, "newsletter", now)) == (
        False,
        True,
    )


def test_nobody_is_asked_about_somebody_erased_suppressed_or_out_of_reach(
    optica: Optica, client: Any
) -> None:
    optica.customers({"id": "borys", "consent": {"marketing": SAID}})  # no address
    ask(optica)
    token = the_mail().token
    assert Message.select().count() == 1
    erase(optica.store, the_customer("anna"), NOW)
    assert client.post(f"/y/{token}").status_code == 404
    assert ConsentChange.select().where(ConsentChange.purpose == "marketing").count() == 0


def test_the_link_of_another_mail_confirms_nothing(optica: Optica, client: Any) -> None:
    ask(optica)
    Message.update(anchors=[{"kind": "ordered", "at": NOW}]).execute()
    assert client.get(f"/y/{the_mail().token}").status_code == 404
    Message.update(anchors=[{"kind": "pending", "at": NOW, "line": 999, "name": "marketing"}]).execute()
    assert "Nie ma już czego" in client.post(f"/y/{the_mail().token}").text
    assert not granted(the_customer().id, "marketing", NOW)


# --- the address changes before they answer -------------------------------------------------------------

MOVED = {
    "pl": "Twój adres się zmienił",
    "uk": "Вашу адресу змінено",
    "ru": "Ваш адрес изменился",
    "en": "Your address",
}


def moves(optica: Optica, email: str) -> None:
    optica.now += 1
    optica.customers({"id": "anna", "email": email})


@pytest.mark.parametrize("language", MOVED)
def test_a_mailbox_that_is_no_longer_the_customers_confirms_nothing(
    optica: Optica, client: Any, language: str, clock: Later
) -> None:
    optica.customers({"id": "anna", "language": language, "updated_at": "2026-06-01T12:00:00Z"})
    ask(optica)
    token, before = the_mail().token, ConsentChange.select().count()
    moves(optica, "victim@example.com")
    clock.at = NOW + DAY
    for page in (client.get(f"/y/{token}"), client.post(f"/y/{token}")):
        assert (page.status_code, MOVED[language] in page.text, "<button" in page.text) == (200, True, False)
        assert "victim" not in page.text
    assert (granted(the_customer().id, "marketing", clock.at), ConsentChange.select().count()) == (
        False,
        before,
    )
    assert client.post(f"/p/{token}", data={"agree": "marketing"}).status_code == 400
    assert not granted(the_customer().id, "marketing", clock.at)


@pytest.mark.parametrize("seed", range(4))
def test_whoever_moves_is_asked_once_in_each_mailbox_and_only_the_last_one_confirms(
    optica: Optica, client: Any, clock: Later, seed: int
) -> None:
    chance, asked = Random(seed), {"anna@example.com"}
    ask(optica)
    for day in range(1, 6):
        email = f"anna.{chance.randrange(4)}@example.com"
        moves(optica, email)
        assert (ask(optica, NOW + day), ask(optica, NOW + day)) == (int(email not in asked), 0)
        asked.add(email)
    clock.at = NOW + DAY
    mails, home = list(Message.select()), the_customer().address_id
    assert (len(mails), {mail.expires_at for mail in mails}) == (len(asked), {NOW + 7 * DAY})
    for mail in sorted(mails, key=lambda mail: mail.address_id == home):
        assert not granted(the_customer().id, "marketing", clock.at)
        client.post(f"/y/{mail.token}")
    assert granted(the_customer().id, "marketing", clock.at)


def test_whoever_has_confirmed_is_not_asked_again_when_they_move(
    optica: Optica, client: Any, clock: Later
) -> None:
    ask(optica)
    client.post(f"/y/{the_mail().token}")
    clock.at = NOW + DAY
    moves(optica, "anna.new@example.com")
    assert ask(optica, clock.at) == 0
    assert granted(the_customer().id, "marketing", clock.at)
