"""Amazon SNS: whether an envelope is Amazon's, about our topic, and what to answer when it asks to be subscribed.

Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages". Amazon signs for everybody's topics, so
ours are named in config.yaml. No address that a message gives is fetched as it stands: the certificate's must be one of
Amazon's own, and the one that confirms a subscription is put together from the topic.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from engine.clock import instant
from engine.feedback.services.values import text

CERTIFICATE = re.compile(
    r"https://sns\.([a-z0-9-]{2,30})\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem"
)
HASHES: dict[str, Any] = {"1": SHA1, "2": SHA256}
OF_NEWS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
OF_ASKING = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
KINDS = {"Notification": OF_NEWS, "SubscriptionConfirmation": OF_ASKING, "UnsubscribeConfirmation": OF_ASKING}
Fetch = Callable[[str], bytes]


def wrong_with(envelope: Any, topics: Sequence[str], fetch: Fetch) -> str | None:
    """Returns why an envelope is not believed, or None. Raises what `fetch` raises where no certificate can be had."""
    if text(envelope, "TopicArn") not in topics:
        return "the topic is none that config.yaml names"
    keys, hashed = KINDS.get(text(envelope, "Type")), HASHES.get(text(envelope, "SignatureVersion"))
    if keys is None or hashed is None:
        return "it is of no known kind"
    address = text(envelope, "SigningCertURL") or text(envelope, "SigningCertUrl")
    found = CERTIFICATE.fullmatch(address)
    if found is None or found[1] != _region(envelope):
        return "the certificate is not at an address of Amazon's"
    try:
        given = base64.b64decode(text(envelope, "Signature"), validate=True)
        _public_key(fetch(address)).verify(given, canonical(envelope, keys), PKCS1v15(), hashed())
    except (InvalidSignature, binascii.Error, ValueError):
        return "the signature is not right"
    return None


@lru_cache(maxsize=8)
def _public_key(pem: bytes) -> RSAPublicKey:
    found = load_pem_x509_certificate(pem).public_key()
    if not isinstance(found, RSAPublicKey):
        raise ValueError("the certificate's key is of another kind")
    return found


def canonical(envelope: Any, keys: Sequence[str]) -> bytes:
    """Returns what was signed: each key and its value on a line of its own, in the order of the alphabet."""
    found = [(key, whole) for key in keys if isinstance(whole := envelope.get(key), str)]
    return "".join(f"{key}\n{value}\n" for key, value in found).encode("utf-8", "replace")


def moment_of(envelope: Any) -> int | None:
    """Returns when a message says that it was sent, in microseconds."""
    try:
        found = datetime.fromisoformat(text(envelope, "Timestamp"))
    except ValueError:
        return None
    return instant(found) if found.tzinfo is not None else None


def _region(envelope: Any) -> str:
    """Returns in which region a topic of ours is; config.yaml was read so that it has one."""
    return text(envelope, "TopicArn").split(":")[3]


def confirmation(envelope: Any) -> str:
    """Returns the address that says yes to a subscription, made of our topic and the message's token."""
    topic, region = text(envelope, "TopicArn"), _region(envelope)
    end = ".cn" if topic.startswith("arn:aws-cn:") else ""
    token = quote(text(envelope, "Token"), safe="")
    return (
        f"https://sns.{region}.amazonaws.com{end}/?Action=ConfirmSubscription"
        f"&TopicArn={quote(topic, safe='')}&Token={token}"
    )
