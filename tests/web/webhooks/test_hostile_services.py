"""Any body to the addresses of mail services, proven or not: an answer, never a fault of ours, never somebody else's harm."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import open_store
from models import Address, ConsentChange, Feedback
from tests.web.webhooks.mail_services import EVENTS, Services, tell
from tests.web.webhooks.test_hostile import ODD, places

QUICK = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
NAMES = sorted(EVENTS)
WHAT = ["hard", "soft", "spam_report", "unsubscribed", "delivered", "delayed", "ignored"]


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Services]:
    """SQLite alone: what is asked is how messages are read."""
    found = open_store(sqlite_url)
    with found.use():
        opened = Services(found)
        opened.app.config["PROPAGATE_EXCEPTIONS"] = False
        opened.app.testing = False
        yield opened
    found.close()


def harmed() -> set[str]:
    """Returns who has lost something."""
    suppressed = {row.email.partition("@")[0] for row in Address.select() if row.suppressed_at is not None}
    return suppressed | {row.customer.external_id for row in ConsentChange.select() if not row.granted}


@QUICK
@given(
    raw=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)), name=st.sampled_from(NAMES)
)
def test_any_bytes_are_answered(shop: Services, raw: bytes, name: str) -> None:
    assert shop.post_to(name, raw).status_code in (400, 401)
    assert shop.basic("postmark", raw).status_code in (200, 400)
    assert shop.sendgrid(raw).status_code in (200, 400)
    assert harmed() == set()


@QUICK
@given(
    value=st.recursive(
        ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner)
    )
)
def test_any_json_is_answered(shop: Services, value: Any) -> None:
    for name in ("postmark", "brevo", "sendgrid", "mailgun", "ses"):
        assert tell(shop, name, value).status_code == 200
        assert shop.post_to(name, value).status_code == 401
    assert harmed() == set()


@QUICK
@given(data=st.data())
def test_a_bent_event_harms_at_most_whom_it_names(shop: Services, data: st.DataObject) -> None:
    name, what = data.draw(st.sampled_from(NAMES)), data.draw(st.sampled_from(WHAT))
    anna = shop.mail_to("Anna")
    shop.mail_to("Borys")
    event = copy.deepcopy(EVENTS[name](shop, anna, what, "anna@example.com"))
    for _ in range(data.draw(st.integers(1, 4))):
        found = list(places(event))
        if not found:
            break
        where, key = found[data.draw(st.integers(0, len(found) - 1))]
        if isinstance(where, dict) and data.draw(st.booleans()):
            del where[key]
        else:
            where[key] = copy.deepcopy(data.draw(ODD))
    answer = tell(shop, name, event)
    assert answer.status_code == 200, answer.text
    assert harmed() <= {"anna"}


@QUICK
@given(data=st.data())
def test_a_bent_envelope_of_amazons_is_refused(shop: Services, data: st.DataObject) -> None:
    event = EVENTS["ses"](shop, shop.mail_to("Anna"), "hard", "anna@example.com")
    envelope = shop.envelope(event)
    key = data.draw(st.sampled_from(sorted(set(envelope) - {"UnsubscribeURL"})))
    before = envelope[key]
    envelope[key] = data.draw(ODD)
    answer = shop.post_to("ses", envelope)
    assert answer.status_code in (401, 503) or envelope[key] == before, answer.text
    assert harmed() == set()


def test_a_text_that_no_database_keeps_is_kept_without_it(shop: Services) -> None:
    event = EVENTS["brevo"](shop, shop.mail_to("Anna"), "hard", "anna@example.com")
    event["reason"] = "550 \x00 \ud800 \u202e<script>alert(1)</script>"
    body = json.dumps(event).encode()
    assert shop.basic("brevo", body).get_json() == {"hard": 1}
    assert Feedback.get().said == "550 <script>alert(1)</script>"


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"1" * 100_000, b'{"a":' * 50_000, b"", b"null", b"NaN", b'"\\ud800"', b"1e999"]
)
def test_json_that_is_no_event_is_answered(shop: Services, body: bytes) -> None:
    for name in NAMES:
        assert shop.post_to(name, body).status_code in (400, 401)
    assert shop.basic("brevo", body).status_code in (200, 400)


def test_a_body_beyond_the_limit_is_not_read(shop: Services) -> None:
    shop.app.config["MAX_CONTENT_LENGTH"] = 10
    assert shop.post_to("brevo", b"x" * 20_000_000).status_code == 413
