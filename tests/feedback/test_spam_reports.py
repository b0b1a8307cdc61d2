"""Somebody calls our mail spam: advertising ends at once, with evidence, and the way back is in writing."""

from __future__ import annotations

import pytest

from engine.consent.erasure import erase
from engine.consent.suppression import lift
from engine.errors import UsageError
from engine.reports.everything import everything
from engine.store import Store
from models import Act, ConsentChange, Customer, Feedback, Suppression
from tests.feedback import samples
from tests.feedback.post import Post, kept
from tests.outbox.shop import states


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


def test_a_spam_report_withdraws_all_advertising_and_keeps_mails_about_orders(post: Post) -> None:
    mail = post.mail_to("Anna")
    post.optician.consent(mail.customer, "newsletter", True, 0)
    offer, order = post.optician.queue(
        post.optician.draft(mail.customer, rule="offer"),
        post.optician.draft(mail.customer, purpose="transactional"),
    )
    assert post.comes_back(samples.abuse(post.path(mail)), "arf") == "spam_report"
    assert post.consents("Anna") == {"marketing": False, "newsletter": False}
    assert (states(offer, order), post.suppressed_for("Anna")) == (["cancelled", "queued"], None)
    assert (post.again(mail).returned, kept()) == ("spam_report", [("spam_report", None, "arf")])


def test_a_spam_report_is_evidence_in_the_ledger(post: Post) -> None:
    mail = post.mail_to("Anna")
    post.comes_back(samples.abuse(post.path(mail)), "arf")
    line = ConsentChange.get((ConsentChange.purpose == "marketing") & (ConsentChange.granted == False))  # noqa: E712
    assert (line.source, line.at) == ("spam_report", post.now)
    assert mail.message_id in line.wording


def test_whoever_calls_a_mail_about_an_order_spam_gets_no_mail_at_all(post: Post) -> None:
    mail = post.mail_to("Anna", purpose="transactional")
    post.comes_back(samples.abuse(post.path(mail)), "arf")
    assert (post.suppressed_for("Anna"), post.consents("Anna")["marketing"]) == ("spam_report", False)


def test_a_spam_report_cannot_be_lifted_silently(post: Post) -> None:
    mail = post.mail_to("Anna", purpose="transactional")
    post.comes_back(samples.abuse(post.path(mail)), "arf")
    address = post.address_of("Anna").id
    for said in (None, "", "  ok     "):
        with pytest.raises(UsageError, match="reported"):
            lift(post.store, address, "Jolanta", said, post.now, "console")
    assert post.suppressed_for("Anna") == "spam_report"
    why = "She rang: pressed the wrong button, wants her receipts."
    assert lift(post.store, address, "Jolanta", why, post.now, "console") == "spam_report"
    assert post.suppressed_for("Anna") is None
    assert post.consents("Anna") == {"marketing": False, "newsletter": False}  # that is hers to give again
    line = Suppression.get(Suppression.act == "lifted")
    assert (line.author, line.note, line.reason) == ("Jolanta", why, "spam_report")
    act = Act.get(Act.act == "lift suppression")
    assert (act.author, act.what, act.channel, act.customer_number) == (
        "Jolanta",
        "spam_report",
        "console",
        mail.customer_id,
    )


def test_an_address_that_is_not_suppressed_cannot_be_lifted(post: Post) -> None:
    post.mail_to("Anna")
    assert lift(post.store, post.address_of("Anna").id, "Jolanta", None, post.now, "command") is None
    assert (Act.select().count(), post.story("Anna")) == (0, [])


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "other", "x"])
def test_other_kinds_of_reports_withdraw_nothing(post: Post, kind: str) -> None:
    mail = post.mail_to("Anna")
    assert post.comes_back(samples.abuse(post.path(mail), kind), "arf") == "ignored"
    assert post.consents("Anna") == {"marketing": True}


def test_opting_out_at_the_provider_is_as_the_link_in_the_mail(post: Post) -> None:
    mail = post.mail_to("Anna")
    post.optician.consent(mail.customer, "newsletter", True, 0)
    assert post.comes_back(samples.abuse(post.path(mail), "opt-out"), "arf") == "unsubscribed"
    assert post.consents("Anna") == {"marketing": False, "newsletter": True}
    assert post.again(mail).returned is None


def test_a_spam_report_without_our_return_path_is_not_believed(post: Post) -> None:
    mail = post.mail_to("Anna")
    assert post.comes_back(samples.abuse(None), "arf") == "forged"
    given = f"Original-Mail-From: <{post.path(mail)}>\n"
    assert post.comes_back(samples.abuse(None, field=given), "arf") == "spam_report"


def test_whoever_was_erased_is_not_written_down_again(post: Post) -> None:
    mail = post.mail_to("Anna")
    told = samples.postfix(post.path(mail))
    post.comes_back(told)
    erase(post.store, mail.customer, post.now)
    assert Feedback.select().count() == 0
    assert post.comes_back(told) == "repeated"
    assert Feedback.select().count() == 0


def test_an_export_tells_what_came_back_and_an_erasure_forgets_it(post: Post) -> None:
    mail = post.mail_to("Anna")
    address = post.address_of("Anna").id
    post.comes_back(samples.postfix(post.path(mail)))
    lift(post.store, address, "Jolanta", "Anna Nowak rang us", post.now, "console")
    told = everything(Customer.get_by_id(mail.customer_id))
    assert [row["kind"] for row in told["feedback"]] == ["hard"]
    assert [(row["act"], row["note"]) for row in told["suppression"]] == [
        ("suppressed", None),
        ("lifted", "Anna Nowak rang us"),
    ]
    erase(post.store, mail.customer, post.now)
    assert [(row.act, row.note) for row in Suppression.select().order_by(Suppression.id)] == [
        ("suppressed", None),
        ("lifted", None),
        ("suppressed", None),
    ]
    with pytest.raises(UsageError, match="erased"):
        lift(post.store, address, "Jolanta", "but why not, please", post.now, "console")
