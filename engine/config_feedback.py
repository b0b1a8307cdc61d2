"""The part of config.yaml about what comes back from mail: the mailbox of bounces, and who may post events."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator

from engine.config_sending import Strict

SIGNED = 33  # characters that a mail's own part of a return path has at most
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
TOPIC = r"^arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]{2,30}:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"

Secret = Annotated[str, StringConstraints(min_length=8)]
Several = Field(min_length=1, max_length=4)  # two hold while one is replaced by another


class Imap(Strict):
    """The mailbox that returned mail lies in; only what the server has read and understood is marked or deleted."""

    host: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)
    folder: str = Field(default="INBOX", pattern=r'^[^"\\\r\n\x00]{1,200}$')
    done: Literal["seen", "delete"] = "seen"
    every_minutes: int = Field(default=1, ge=1, le=1440)
    timeout_seconds: int = Field(default=30, ge=1, le=600)


class Ses(Strict):
    """Amazon SES through SNS: which topics are ours; anybody may have a topic that Amazon signs for."""

    topics: tuple[Annotated[str, StringConstraints(pattern=TOPIC)], ...] = Several


class Basic(Strict):
    """A service that signs nothing: a user and a password in the address that it is given."""

    username: str = Field(min_length=1)
    password: Secret


class Mailgun(Strict):
    """Mailgun signs a moment and a token with the account's signing key."""

    signing_keys: tuple[Secret, ...] = Several


class SendGrid(Strict):
    """SendGrid signs the body with a key whose public half it shows."""

    public_keys: tuple[str, ...] = Several

    @field_validator("public_keys")
    @classmethod
    def _readable(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        from cryptography.exceptions import UnsupportedAlgorithm  # only whoever uses SendGrid pays for it
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        for key in keys:
            try:
                elliptic = isinstance(load_der_public_key(base64.b64decode(key)), EllipticCurvePublicKey)
            except (ValueError, UnsupportedAlgorithm):
                elliptic = False
            if not elliptic:
                raise ValueError("the key that SendGrid shows is one line of base64")
        return keys


class Providers(Strict):
    """The mail services that may tell what became of mails, each at /webhooks/mail/NAME."""

    ses: Ses | None = None
    postmark: Basic | None = None
    mailgun: Mailgun | None = None
    sendgrid: SendGrid | None = None
    brevo: Basic | None = None


class Feedback(Strict):
    """What comes back from mail, and by which way."""

    imap: Imap | None = None
    webhooks: Providers = Providers()
    pause_days: int = Field(default=30, ge=1, le=365, description="of an address whose mailbox stays full")


def demand_room(mailbox: str) -> str:
    """Returns a return path's mailbox as it is written in config.yaml; raises ValueError where no signed part fits in."""
    local = mailbox.rpartition("@")[0]
    if local.count("*") > 1:
        raise ValueError("one * at most: it stands for what is signed")
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+", local) or not mailbox.isascii():
        raise ValueError("a return path is written in plain letters")
    if len(local.replace("*", "") if "*" in local else local + "+") + SIGNED > LONGEST_LOCAL_PART:
        raise ValueError(f"write at most {LONGEST_LOCAL_PART - SIGNED - 1} characters before the @")
    return mailbox


ReturnPath = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(demand_room)]

# where a misspelt setting may stand, for the error that names the nearest one
PARTS: dict[str, type[BaseModel]] = {
    "feedback": Feedback, "imap": Imap, "ses": Ses, "postmark": Basic, "mailgun": Mailgun, "sendgrid": SendGrid,
    "brevo": Basic,
}  # fmt: skip
