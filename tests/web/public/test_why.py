"""Customers read why they got a mail, in their own language, and stop just that."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY, HOUR
from engine.consent import granted
from engine.consent.erasure import erase
from engine.consent.stops import stopped_at
from engine.store import Store
from models import Address, Change, ConsentChange, Customer, Line, Message, RulebookVersion
from tests.web.shopful import NOW, RULES, Shopful

MORE_RULES = """\
- {rule: win-back, title: We miss you, when: {inactive: 1 month}, send: plain, who: {city: Kraków, orders: ">= 2"}}
- {rule: before, title: Many happy returns, when: {birthday: any, before: 1 week}, send: plain}
- {rule: preview, title: A first look, when: {every: day at 09:00}, who: {segment: near}, send: plain}
"""
SEGMENTS = "near: {any: [{city: Kraków}, {viewed: {category: optics, within: 30 days}}]}"


@pytest.fixture
def version(shop: Shopful) -> str:
    """The rulebook as it was published when the mails were decided."""
    text = {"all.yaml": RULES + MORE_RULES, "segments.yaml": SEGMENTS}
    RulebookVersion.create(digest="f" * 64, text=text, published_at=NOW - 90 * DAY)
    return "f" * 64


def speaks(language: str) -> None:
    Customer.update(language=language).execute()


def stop(client: Any, mail: Any, what: str = "rule") -> Any:
    return client.post(f"/w/{mail.token}", data={"stop": what})


@pytest.mark.parametrize(
    ("language", "bought", "later", "button"),
    [
        ("en", "You bought Acuvue Oasys 30 on ", "80 days later we write to you about it.", "Stop just these mails"),
        ("pl", "Zakup z 22 grudnia 2025: Acuvue Oasys 30.", "80 dni później piszemy o tym do Ciebie.", "Nie chcę tylko tych"),
        ("uk", "Ви купили Acuvue Oasys 30 22 грудня 2025", "Через 80 днів ми вам про це пишемо.", "Не надсилати лише"),
        ("ru", "Вы купили Acuvue Oasys 30 22 декабря 2025", "Через 80 дней мы вам об этом пишем.", "Не присылать только"),
    ],
)  # fmt: skip
def test_anna_is_told_in_her_language(
    client: Any, mail: Any, version: str, language: str, bought: str, later: str, button: str
) -> None:
    speaks(language)
    Message.update(version=version).execute()
    page = client.get(f"/w/{mail.token}").text
    assert f'<html lang="{language}">' in page
    for words in (bought, later, button, "Time for new lenses", f'href="/p/{mail.token}"'):
        assert words in page


def test_a_single_hour_and_month_have_the_ending_that_the_preposition_wants(
    client: Any, shop: Shopful, anna: Any, version: str
) -> None:
    anchors = [{"kind": "ordered", "at": NOW - 30 * DAY}]
    away = shop.message(anna, "win-back", anchors=anchors, version=version, title="We miss you")
    page = client.get(f"/w/{away.token}").text
    assert "Twoje ostatnie zamówienie było 10 lutego 2026." in page
    assert "Przez 1 miesiąc nie było od Ciebie zamówienia." in page
    assert "patrzymy na: Twoje zamówienia, miejsce zamieszkania." in page
    card = shop.message(anna, "before", anchors=[{"kind": "birthday", "at": NOW + 7 * DAY}], version=version)
    assert "Piszemy 1 tydzień wcześniej." in client.get(f"/w/{card.token}").text


def test_who_was_chosen_by_a_segment_is_told_what_it_looks_at(
    client: Any, shop: Shopful, anna: Any, version: str
) -> None:
    speaks("en")
    look = shop.message(anna, "preview", anchors=[{"kind": "every", "at": NOW}], version=version)
    page = client.get(f"/w/{look.token}").text
    assert "It goes to customers whom we chose." in page
    assert "we look at: where you live, your visits to our shop." in page


def test_looking_changes_nothing_however_often_scanners_look(client: Any, mail: Any) -> None:
    before = ConsentChange.select().count()
    for method in (client.get, client.head, client.get):
        assert method(f"/w/{mail.token}?stop=rule").status_code == 200
    assert (ConsentChange.select().count(), Change.select().count()) == (before, 0)


def test_anna_stops_just_these_mails_with_one_click_and_without_a_login(
    client: Any, shop: Shopful, mail: Any, anna: Any
) -> None:
    waiting = shop.message(anna, "lens-refill", "queued")
    other = shop.message(anna, "win-back", "queued")
    page = stop(client, mail)
    assert page.status_code == 200
    assert "nie będziesz już dostawać tych maili: „Time for new lenses”" in page.text
    assert stopped_at(anna.id, "lens-refill", NOW) == NOW
    assert granted(anna.id, "marketing", NOW)
    assert granted(anna.id, "newsletter", NOW)
    assert [Message.get_by_id(row.id).state for row in (waiting, other)] == ["cancelled", "queued"]


def test_stopping_again_is_as_good_as_the_first_time(client: Any, mail: Any, anna: Any) -> None:
    stop(client, mail)
    lines = ConsentChange.select().count()
    assert stop(client, mail).status_code == 200
    assert ConsentChange.select().count() == lines
    page = client.get(f"/w/{mail.token}").text
    assert "zatrzymane na Twoje życzenie od 12 marca 2026" in page
    assert 'value="rule"' not in page


def test_anna_lets_the_mails_come_again(client: Any, mail: Any, anna: Any) -> None:
    stop(client, mail, "again")  # nothing was stopped: nothing is written
    assert ConsentChange.select().where(ConsentChange.purpose == "rule:lens-refill").count() == 0
    ConsentChange.create(
        shop=mail.shop_id, customer=anna, purpose="rule:lens-refill", granted=False, at=NOW - HOUR,
        recorded_at=NOW - HOUR,
    )  # fmt: skip
    assert "mogą znów przychodzić" in stop(client, mail, "again").text
    assert stopped_at(anna.id, "lens-refill", NOW) is None


def test_anna_stops_the_whole_purpose_from_the_same_page(client: Any, mail: Any, anna: Any) -> None:
    page = stop(client, mail, "purpose").text
    assert "nie będziesz już dostawać: oferty i przypomnienia" in page
    assert not granted(anna.id, "marketing", NOW)
    assert granted(anna.id, "newsletter", NOW)
    assert 'value="purpose"' not in page


def test_what_was_not_offered_is_refused(client: Any, shop: Shopful, mail: Any, anna: Any) -> None:
    for asked in ("", "everything", "transactional"):
        assert stop(client, mail, asked).status_code == 400
    thanks = shop.message(anna, "thank-you", purpose="transactional")
    assert stop(client, thanks).status_code == 400
    assert "<form" not in client.get(f"/w/{thanks.token}").text
    assert client.get("/w/none-such-token").status_code == 404


def test_an_erased_customer_is_answered_without_an_error(client: Any, mail: Any, version: str) -> None:
    Line.delete().execute()
    ConsentChange.delete().execute()
    blank = {"first_name": None, "language": None, "email": None, "external_id": None, "city": None}
    Customer.update(erased_at=NOW, address=None, **blank).execute()
    Address.update(email="erased@invalid").execute()
    Message.update(version=version, subject=None, title=None, note=None, anchors=[]).execute()
    page = client.get(f"/w/{mail.token}")
    assert page.status_code == 200
    assert "<form" not in page.text
    assert stop(client, mail).status_code == 200
    Message.update(anchors=[{"kind": "bought", "at": NOW, "order_id": 1, "product": "P0"}]).execute()
    assert "Zakup z 12 marca 2026: P0." in client.get(f"/w/{mail.token}").text


def test_a_link_of_somebody_who_was_erased_for_good_still_answers(
    client: Any, store: Store, mail: Any, anna: Any
) -> None:
    erase(store, Customer.get_by_id(anna.id), NOW)
    assert client.get(f"/w/{mail.token}").status_code in (200, 404)
    assert stop(client, mail).status_code in (200, 404)
