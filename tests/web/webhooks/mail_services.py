"""Five mail services as they behave: each proves in its own way who it is, and tells of mails in its own words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import TestResponse

from engine.clock import SECOND, Clock, moment
from engine.delivery.verp import signed_word
from engine.feedback.fetching import NotFetched
from engine.feedback.services import sns
from engine.store import Store
from engine.web.app import create_app
from models import Message
from tests.certificates import certificate, new_key
from tests.feedback.post import KEY, Post, shop_with

AMAZON, STRANGER = new_key(), new_key()
TWILIO, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
CERT = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
BASIC, MAILGUN = {"username": "regulars", "password": "zażółć gęślą"}, "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"


def public(key: ec.EllipticCurvePrivateKey) -> str:
    return base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


SERVICES = {
    "ses": {"topics": [TOPIC]}, "postmark": BASIC, "brevo": BASIC,
    "mailgun": {"signing_keys": ["the-new-one-of-two", MAILGUN]},
    "sendgrid": {"public_keys": [public(OTHER), public(TWILIO)]},
}  # fmt: skip


class Standing(Clock):
    def __init__(self, post: Post) -> None:
        self.post = post

    def now(self) -> int:
        return self.post.now


class Services(Post):
    """A shop that all five tell of its mails."""

    def __init__(self, store: Store, **named: Any) -> None:
        super().__init__(store, shop_with(feedback={"webhooks": named or SERVICES}))
        self.app = create_app(self.config, store, Standing(self), TESTING=True)
        self.client = self.app.test_client()
        self.fetched: list[str] = []
        self.certificates = {CERT: certificate(AMAZON, "sns.amazonaws.com")}
        self.app.extensions["fetch"] = self.fetch
        self.tokens = 0

    def fetch(self, url: str) -> bytes:
        """Answers what Amazon would, and remembers what was asked."""
        self.fetched.append(url)
        if url.startswith("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&"):
            return b"<ConfirmSubscriptionResponse/>"
        if url not in self.certificates:
            raise NotFetched("not there")
        return self.certificates[url]

    def word(self, mail: Message) -> str:
        return signed_word(KEY, mail.id)

    def post_to(self, name: str, body: Any, **more: Any) -> TestResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/webhooks/mail/{name}", data=raw, content_type="application/json", **more)

    def basic(
        self, name: str, body: Any, user: str = "regulars", password: str = BASIC["password"]
    ) -> TestResponse:
        said = base64.b64encode(f"{user}:{password}".encode()).decode()
        return self.post_to(name, body, headers={"Authorization": f"Basic {said}"})

    def mailgun(
        self, event: Any, key: str = MAILGUN, late: int = 0, token: str | None = None, **signature: Any
    ) -> TestResponse:
        self.tokens += 1
        token = token or f"{self.tokens:050x}"
        at = str(self.now // SECOND - late)
        sign = hmac.new(key.encode(), (at + token).encode(), hashlib.sha256).hexdigest()
        said = {"timestamp": at, "token": token, "signature": sign} | signature
        return self.post_to("mailgun", {"signature": said, "event-data": event})

    def sendgrid(
        self, events: Any, key: Any = TWILIO, late: int = 0, sent: bytes | None = None
    ) -> TestResponse:
        raw = events if isinstance(events, bytes) else json.dumps(events).encode()
        at = str(self.now // SECOND - late)
        sign = base64.b64encode(key.sign(at.encode() + raw, ec.ECDSA(SHA256()))).decode()
        said = {"X-Twilio-Email-Event-Webhook-Signature": sign, "X-Twilio-Email-Event-Webhook-Timestamp": at}
        return self.post_to("sendgrid", raw if sent is None else sent, headers=said)

    def ses(
        self, message: Any, key: Any = AMAZON, version: str = "2", unsigned: Any = None, **changed: Any
    ) -> TestResponse:
        """Posts an envelope of SNS; `changed` is signed with it, `unsigned` put in afterwards."""
        return self.post_to("ses", self.envelope(message, key, version, **changed) | (unsigned or {}))

    def envelope(self, message: Any, key: Any = AMAZON, version: str = "2", **changed: Any) -> dict[str, Any]:
        envelope = {
            "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC,
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Timestamp": moment(self.now).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": version, "SigningCertURL": CERT,
            "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        } | changed  # fmt: skip
        keys = sns.KINDS.get(envelope["Type"], sns.OF_NEWS)
        signed = sns.canonical(envelope, keys)
        sign = key.sign(signed, PKCS1v15(), SHA1() if version == "1" else SHA256())
        return envelope | {"Signature": base64.b64encode(sign).decode()}


# --- what each says of a mail to somebody: bounced for good, in trouble, called spam, unsubscribed, delivered ---------


def ses_event(shop: Services, mail: Message, what: str, whom: str) -> Any:
    """An event of SES; the words stand in the envelope's sender, as SES gives it back."""
    about = {"timestamp": "2026-03-01T11:00:00.000Z", "messageId": "0102-00", "source": shop.path(mail),
             "destination": [whom], "tags": {"ses:operation": ["SendSmtpEmail"]}}  # fmt: skip
    if what in ("hard", "soft"):
        kind, sub, status = (
            ("Permanent", "General", "5.1.1") if what == "hard" else ("Transient", "MailboxFull", "5.2.2")
        )
        said = {
            "emailAddress": whom,
            "action": "failed",
            "status": status,
            "diagnosticCode": f"smtp; 550 {status} no",
        }
        bounce = {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": [said]}
        return {"notificationType": "Bounce", "bounce": bounce, "mail": about}
    if what == "spam_report":
        complaint = {"complainedRecipients": [{"emailAddress": whom}], "complaintFeedbackType": "abuse"}
        return {"eventType": "Complaint", "complaint": complaint, "mail": about}
    kinds = {
        "unsubscribed": "Subscription",
        "delivered": "Delivery",
        "delayed": "DeliveryDelay",
        "ignored": "Open",
    }
    return {"eventType": kinds[what], "mail": about}


def postmark_event(shop: Services, mail: Message, what: str, whom: str) -> Any:
    """An event of Postmark; the word stands in the metadata."""
    meta = {
        "Metadata": {"regulars": shop.word(mail)},
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Tag": "",
    }
    bounces = {"hard": ("HardBounce", "smtp;550 5.1.1 unknown"), "soft": ("SoftBounce", "smtp;452 full"),
               "unsubscribed": ("Unsubscribe", ""), "delayed": ("Transient", ""), "ignored": ("AutoResponder", "")}  # fmt: skip
    if what == "delivered":
        return meta | {"RecordType": "Delivery", "Recipient": whom, "Details": "250 ok"}
    if what == "spam_report":
        return meta | {"RecordType": "SpamComplaint", "Email": whom, "Type": "SpamComplaint"}
    kind, said = bounces[what]
    return meta | {
        "RecordType": "Bounce",
        "Type": kind,
        "TypeCode": 1,
        "Email": whom,
        "Details": said,
        "Inactive": True,
    }


def mailgun_event(shop: Services, mail: Message, what: str, whom: str) -> Any:
    """An event of Mailgun; the mail is named by its Message-ID, without brackets."""
    event: dict[str, Any] = {
        "id": "G9Bn5sl1TC6nu79C8C0bwg", "recipient": whom, "timestamp": 1772362805.1,
        "message": {"headers": {"message-id": mail.message_id.strip("<>"), "to": whom}}, "user-variables": {},
        "envelope": {"sender": "sklep@optyk.example", "targets": whom},
    }  # fmt: skip
    codes = {
        "hard": (550, "5.1.1 The email account that you tried to reach does not exist"),
        "soft": (552, "5.2.2 full"),
    }
    if what in codes:
        code, said = codes[what]
        status = {"code": code, "message": said, "description": ""}
        return event | {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": status,
        }
    if what == "delayed":
        return event | {"event": "failed", "severity": "temporary", "delivery-status": {"code": 450}}
    kinds = {
        "spam_report": "complained",
        "unsubscribed": "unsubscribed",
        "delivered": "delivered",
        "ignored": "opened",
    }
    return event | {"event": kinds[what]}


def sendgrid_event(shop: Services, mail: Message, what: str, whom: str) -> Any:
    """Events of SendGrid; the unique argument stands among the rest, the Message-ID not in every kind."""
    event = {
        "email": whom,
        "timestamp": 1772362805,
        "sg_event_id": "x",
        "sg_message_id": "y",
        "regulars": shop.word(mail),
    }
    if what in ("hard", "soft"):
        status, said = ("5.1.1", "550 5.1.1 unknown") if what == "hard" else ("5.2.2", "552 5.2.2 full")
        return [event | {"event": "bounce", "type": "bounce", "status": status, "reason": said}]
    kinds = {"spam_report": "spamreport", "unsubscribed": "group_unsubscribe", "delivered": "delivered",
             "delayed": "deferred", "ignored": "open"}  # fmt: skip
    return [event | {"event": kinds[what], "smtp-id": mail.message_id}]


def brevo_event(shop: Services, mail: Message, what: str, whom: str) -> Any:
    """An event of Brevo."""
    kinds = {"hard": "hard_bounce", "soft": "soft_bounce", "spam_report": "spam", "unsubscribed": "unsubscribed",
             "delivered": "delivered", "delayed": "deferred", "ignored": "unique_proxy_open"}  # fmt: skip
    return {"event": kinds[what], "email": whom, "id": 26224, "ts_epoch": 1772362805123, "message-id": mail.message_id,
            "reason": "server is down", "X-Mailin-custom": ""}  # fmt: skip


EVENTS = {
    "ses": ses_event, "postmark": postmark_event, "mailgun": mailgun_event, "sendgrid": sendgrid_event,
    "brevo": brevo_event,
}  # fmt: skip


def tell(shop: Services, name: str, event: Any) -> TestResponse:
    """Posts an event as the service does, rightly proven."""
    if name in ("postmark", "brevo"):
        return shop.basic(name, event)
    return getattr(shop, name)(event)
