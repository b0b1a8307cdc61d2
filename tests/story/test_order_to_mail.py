"""From an order to a mail, and no further than the customer agreed to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.story.served import Served
from tests.waiting import until


def thank_yous(mails: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [mail for mail in mails if "dziękujemy" in mail["subject"]]


def offers(mails: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [mail for mail in mails if "An offer right after" in mail["subject"]]


def test_anna_orders_and_has_her_thank_you_within_five_seconds_and_only_once(regulars: Served) -> None:
    before = datetime.now().astimezone()
    assert regulars.order("1001", "Anna") == 201
    mail = until(lambda: regulars.mails_to("Anna"))[0]
    assert mail["subject"] == "Anna, dziękujemy za zamówienie 1001"
    assert "Acuvue Oasys 30" in mail["text"]
    assert (datetime.fromisoformat(mail["at"]) - before).total_seconds() < 5
    assert regulars.order("1001", "Anna") == 201, "the shop repeats itself"
    assert regulars.order("1002", "Anna") == 201
    until(lambda: any("1002" in mail["subject"] for mail in regulars.mails_to("Anna")))
    assert len(regulars.mails_to("Anna")) == 2, "no second thank-you, and no offer without consent"


def test_borys_unsubscribes_with_one_click_and_still_gets_his_thank_yous(regulars: Served) -> None:
    assert regulars.order("2001", "Borys", consent=True) == 201
    until(lambda: len(regulars.mails_to("Borys")) == 2)
    (offer,) = offers(regulars.mails_to("Borys"))
    link = offer["headers"]["List-Unsubscribe"].split(">")[0].strip("<")
    assert link.startswith(regulars.url)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _ = regulars.post(link.removeprefix(regulars.url), b"List-Unsubscribe=One-Click", **form)
    assert status == 200
    assert regulars.order("2002", "Borys") == 201
    assert regulars.order("2003", "Celina", consent=True) == 201
    until(lambda: len(regulars.mails_to("Celina")) == 2)
    until(lambda: len(thank_yous(regulars.mails_to("Borys"))) == 2)
    assert len(offers(regulars.mails_to("Borys"))) == 1, "no offer came after he had unsubscribed"


def test_while_marketing_is_paused_offers_wait_and_thank_yous_go(small_regulars: Served) -> None:
    regulars = small_regulars
    assert "paused purpose marketing" in regulars.run("pause", "marketing")
    for number, name in enumerate(("Anna", "Borys", "Celina")):
        assert regulars.order(f"300{number}", name, consent=True) == 201
        until(lambda name=name: thank_yous(regulars.mails_to(name)))
    assert offers(regulars.mailbox()) == []
    regulars.run("resume", "marketing")
    until(lambda: len(offers(regulars.mailbox())) == 3)
