"""Mail services tell what became of mails: believed where they prove it, done once, and nobody else harmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from engine.clock import DAY, HOUR
from engine.errors import ConfigError
from engine.store import Store, open_store
from models import FeedbackCount, SeenToken
from tests.feedback.post import counts, kept, shop_with
from tests.outbox.shop import states
from tests.web.webhooks.mail_services import EVENTS, OTHER, SERVICES, STRANGER, TOPIC, Services, tell

ANNA = "anna@example.com"
NAMES = sorted(EVENTS)


@pytest.fixture
def shop(store: Store) -> Services:
    return Services(store)


@pytest.fixture
def reader(sqlite_url: str) -> Iterator[Services]:
    """The same on SQLite alone, where what is asked is only how words are read."""
    opened = open_store(sqlite_url)
    with opened.use():
        yield Services(opened)
    opened.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "what", ["hard", "soft", "spam_report", "unsubscribed", "delivered", "delayed", "ignored"]
)
def test_what_a_service_tells_is_done_once(shop: Services, name: str, what: str) -> None:
    mail = shop.mail_to("Anna")
    event = EVENTS[name](shop, mail, what, ANNA)
    answer = tell(shop, name, event)
    assert (answer.status_code, answer.get_json()) == (200, {what: 1})
    suppressed = "hard_bounce" if what == "hard" else None
    assert shop.suppressed_for("Anna") == suppressed
    assert shop.consents("Anna")["marketing"] == (what not in ("spam_report", "unsubscribed"))
    expected = [what] if what in ("hard", "soft", "spam_report", "unsubscribed") else []
    assert [kind for kind, _, _ in kept()] == expected
    again = tell(shop, name, event).get_json()
    assert again == ({"repeated": 1} if expected else {what: 1})
    assert [kind for kind, _, _ in kept()] == expected
    assert counts()[(name, what)] == (1 if expected else 2)


@pytest.mark.parametrize("name", NAMES)
def test_an_event_about_a_mail_that_is_not_ours_or_another_mailbox_is_answered_and_believed_by_nobody(
    shop: Services, name: str
) -> None:
    mail = shop.mail_to("Anna")
    shop.mail_to("Borys")
    assert tell(shop, name, EVENTS[name](shop, mail, "hard", "borys@example.com")).get_json() == {"forged": 1}
    text = json.dumps(EVENTS[name](shop, mail, "hard", ANNA))
    for known in (shop.word(mail), mail.message_id.strip("<>")):
        text = text.replace(known, "1-" + "a" * 16)
    assert tell(shop, name, json.loads(text)).get_json() == {"forged": 1}
    assert (kept(), shop.suppressed_for("Anna"), shop.suppressed_for("Borys")) == ([], None, None)


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_config_does_not_name_is_not_there(store: Store, name: str) -> None:
    shop = Services(store, **{each: SERVICES[each] for each in NAMES if each != name})
    assert tell(shop, name, {}).status_code == 404
    assert counts() == {}


def denied(shop: Services, answer: Any) -> bool:
    """Says whether a request was refused, counted, and changed nothing."""
    return answer.status_code == 401 and kept() == [] and shop.suppressed_for("Anna") is None


def test_whoever_has_not_the_password_is_refused_and_only_counted(shop: Services) -> None:
    mail = shop.mail_to("Anna")
    for name in ("postmark", "brevo"):
        event = EVENTS[name](shop, mail, "hard", ANNA)
        assert denied(shop, shop.basic(name, event, password="wrong"))
        assert denied(shop, shop.basic(name, event, user="wrong"))
        assert denied(shop, shop.basic(name, event, user="", password=""))
        assert denied(shop, shop.post_to(name, event))
        assert denied(shop, shop.post_to(name, event, headers={"Authorization": "Bearer x"}))
        assert denied(shop, shop.post_to(name, event, headers={"Authorization": "Basic %%%"}))
    assert counts() == {("postmark", "denied"): 6, ("brevo", "denied"): 6}
    assert "not right" in FeedbackCount.get().said


def test_mailgun_is_believed_by_its_signature_in_time_and_each_token_once(shop: Services) -> None:
    event = EVENTS["mailgun"](shop, shop.mail_to("Anna"), "hard", ANNA)
    assert denied(shop, shop.mailgun(event, key="another key altogether"))
    assert denied(shop, shop.mailgun(event, signature="0" * 64))
    assert denied(shop, shop.mailgun(event, timestamp="1772362805"))
    assert denied(shop, shop.mailgun(event, token="x", signature=None))
    assert denied(shop, shop.mailgun(event, late=3 * 24 * 3600))
    assert denied(shop, shop.mailgun(event, late=-3600))
    assert denied(shop, shop.post_to("mailgun", {"event-data": event}))
    assert denied(shop, shop.post_to("mailgun", [event]))
    borys = EVENTS["mailgun"](shop, shop.mail_to("Borys"), "hard", "borys@example.com")
    assert shop.mailgun(event, token="caught").get_json() == {"hard": 1}
    assert shop.mailgun(borys, token="caught").get_json() == {"repeated": 1}
    assert shop.suppressed_for("Borys") is None
    assert SeenToken.select().count() == 1


def test_sendgrid_is_believed_by_its_signature_over_the_very_bytes(shop: Services) -> None:
    events = EVENTS["sendgrid"](shop, shop.mail_to("Anna"), "hard", ANNA)
    raw = json.dumps(events).encode()
    assert denied(shop, shop.sendgrid(events, sent=raw + b" "))
    assert denied(shop, shop.sendgrid(events, late=3 * 24 * 3600))
    assert denied(shop, shop.post_to("sendgrid", events))
    for odd in ("", "=", "żółw", "AAAA"):
        said = {"X-Twilio-Email-Event-Webhook-Signature": odd.encode().decode("latin-1")}
        assert denied(shop, shop.post_to("sendgrid", events, headers=said))
    assert denied(shop, shop.sendgrid(events, key=ec.generate_private_key(ec.SECP256R1())))
    assert shop.sendgrid(events, key=OTHER).get_json() == {"hard": 1}  # two keys hold while one is replaced


def test_sendgrid_tells_many_at_once_and_one_odd_event_spoils_none(shop: Services) -> None:
    anna, borys = shop.mail_to("Anna"), shop.mail_to("Borys")
    events = [
        *EVENTS["sendgrid"](shop, anna, "hard", ANNA), {"event": None}, 7, None, {"event": "bounce", "regulars": [[]]},
        *EVENTS["sendgrid"](shop, borys, "spam_report", "BORYS@example.com"),
    ]  # fmt: skip
    assert shop.sendgrid(events).get_json() == {"hard": 1, "spam_report": 1, "ignored": 1, "forged": 1}
    assert (shop.suppressed_for("Anna"), shop.consents("Borys")["marketing"]) == ("hard_bounce", False)


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ({"event": "bounce", "type": "bounce", "reason": "no", "bounce_classification": "Invalid Address"}, "hard"),
        ({"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 blocked"}, "policy"),
        ({"event": "bounce", "type": "blocked", "reason": "unknown"}, "soft"),
        ({"event": "dropped", "reason": "Bounced Address"}, "hard"), ({"event": "dropped", "reason": "Invalid"}, "hard"),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, "spam_report"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "unsubscribed"),
        ({"event": "dropped", "reason": "Spam Content"}, "ignored"),
    ],
)  # fmt: skip
def test_sendgrids_words(reader: Services, event: dict[str, Any], what: str) -> None:
    told = {"email": ANNA, "regulars": reader.word(reader.mail_to("Anna"))} | event
    assert reader.sendgrid([told]).get_json() == {what: 1}


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ({"RecordType": "Bounce", "Type": "Blocked", "Details": "blocked"}, "policy"),
        ({"RecordType": "Bounce", "Type": "BadEmailAddress"}, "hard"),
        ({"RecordType": "Bounce", "Type": "SoftBounce", "Details": "550 5.1.1 user unknown"}, "soft"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "HardBounce"}, "hard"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "SpamComplaint"}, "spam_report"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True, "Origin": "Recipient"}, "unsubscribed"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True, "Origin": "Admin"}, "ignored"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": False, "Origin": "Recipient"}, "ignored"),
    ],
)  # fmt: skip
def test_postmarks_words(reader: Services, event: dict[str, Any], what: str) -> None:
    told = {"Recipient": ANNA, "Metadata": {"regulars": reader.word(reader.mail_to("Anna"))}} | event
    assert reader.basic("postmark", told).get_json() == {what: 1}


@pytest.mark.parametrize(
    ("reason", "status", "what"),
    [
        ("suppress-bounce", {}, "hard"), ("suppress-complaint", {}, "spam_report"), ("suppress-unsubscribe", {}, "unsubscribed"),
        ("bounce", {"code": 550, "message": "No such user here"}, "hard"), ("espblock", {"message": "5.7.1 spam"}, "policy"),
        ("old", {"code": 602, "message": "too old"}, "soft"), ("bounce", {"enhanced-code": "5.1.10"}, "hard"),
    ],
)  # fmt: skip
def test_mailguns_words(reader: Services, reason: str, status: dict[str, Any], what: str) -> None:
    event = EVENTS["mailgun"](reader, reader.mail_to("Anna"), "hard", ANNA) | {
        "reason": reason,
        "delivery-status": status,
    }
    assert reader.mailgun(event).get_json() == {what: 1}


def test_a_note_of_absence_that_ses_calls_a_bounce_is_none(shop: Services) -> None:
    event = EVENTS["ses"](shop, shop.mail_to("Anna"), "soft", ANNA)
    event["bounce"]["bouncedRecipients"] = [{"emailAddress": ANNA}]
    assert shop.ses(event).get_json() == {"ignored": 1}
    event["complaint"] = {
        "complaintFeedbackType": "not-spam",
        "complainedRecipients": [{"emailAddress": ANNA}],
    }
    assert shop.ses(event | {"notificationType": "Complaint"}).get_json() == {"ignored": 1}


def test_a_mail_of_which_nobody_knew_was_delivered(shop: Services) -> None:
    mail = shop.mail_to("Anna", state="unknown")
    tell(shop, "mailgun", EVENTS["mailgun"](shop, mail, "delivered", ANNA))
    assert states(mail.id) == ["sent"]


@pytest.mark.parametrize("version", ["1", "2"])
def test_amazon_is_believed_by_its_signature_about_our_topic(shop: Services, version: str) -> None:
    event = EVENTS["ses"](shop, shop.mail_to("Anna"), "hard", ANNA)
    other = EVENTS["ses"](shop, shop.mail_to("Borys"), "hard", "borys@example.com")
    assert denied(shop, shop.ses(event, key=STRANGER, version=version))
    assert denied(shop, shop.ses(event, version=version, unsigned={"Message": json.dumps(other)}))
    assert denied(
        shop, shop.ses(event, version=version, TopicArn=TOPIC.replace("123456789012", "999999999999"))
    )
    assert denied(shop, shop.ses(event, version=version, unsigned={"SignatureVersion": "3"}))
    assert denied(shop, shop.ses(event, version=version, unsigned={"Signature": "%%"}))
    assert denied(shop, shop.ses(event, version=version, Type="Something"))
    assert denied(shop, shop.post_to("ses", event))
    late = shop.envelope(event, version=version)
    shop.now += 2 * DAY + HOUR
    assert denied(shop, shop.post_to("ses", late))
    assert shop.ses(event, version=version, Subject="Amazon SES").get_json() == {"hard": 1}


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/SimpleNotificationService-1.pem", "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/evil.pem", "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem?x=1", "https://s3.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem\n", "https://169.254.169.254/latest", "", 7,
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
    ],
)  # fmt: skip
def test_a_certificate_is_fetched_from_amazon_alone(reader: Services, url: Any) -> None:
    event = EVENTS["ses"](reader, reader.mail_to("Anna"), "hard", ANNA)
    assert denied(reader, reader.ses(event, key=STRANGER, SigningCertURL=url))
    assert reader.fetched == []


def test_a_certificate_that_cannot_be_had_is_asked_for_again(shop: Services) -> None:
    event = EVENTS["ses"](shop, shop.mail_to("Anna"), "hard", ANNA)
    kept_aside, shop.certificates = shop.certificates, {}
    assert shop.ses(event).status_code == 503
    shop.certificates = dict.fromkeys(kept_aside, b"no certificate")
    assert denied(shop, shop.ses(event))
    shop.certificates = kept_aside
    assert shop.ses(event).get_json() == {"hard": 1}


def test_a_subscription_is_confirmed_at_an_address_of_our_own_making(shop: Services) -> None:
    asked = {
        "Type": "SubscriptionConfirmation",
        "Token": "2336412f&x=1",
        "SubscribeURL": "https://169.254.169.254/latest",
    }
    assert shop.ses("You have chosen to subscribe", key=STRANGER, **asked).status_code == 401
    assert shop.ses("x", **asked, TopicArn=TOPIC.replace(":mail", ":other")).status_code == 401
    assert not any("Action" in url for url in shop.fetched)
    assert shop.ses("You have chosen to subscribe", **asked).get_json() == {"ignored": 1}
    assert shop.fetched[-1] == (
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
        "&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Amail&Token=2336412f%26x%3D1"
    )


@pytest.mark.parametrize(
    "settings",
    [{"ses": {"topics": []}}, {"ses": {"topics": ["arn:aws:sns:eu-west-1:1:x"]}}, {"sendgrid": {"public_keys": ["AAAA"]}},
     {"postmark": {"username": "u"}}, {"mailgun": {"signing_keys": ["x"]}}, {"mailjet": {}}],
)  # fmt: skip
def test_settings_that_could_prove_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="feedback"):
        shop_with(feedback={"webhooks": settings})
