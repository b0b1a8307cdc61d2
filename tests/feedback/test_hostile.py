"""Any bytes as a report, and real ones bent, cut and spliced: an answer, never a fault, and never a wrong suppression."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.delivery.verp import messages_in
from engine.feedback.mails import read_mail
from engine.store import Store, open_store
from models import Address, ConsentChange
from tests.feedback import samples
from tests.feedback.post import KEY, Post

WORDS = {"hard", "soft", "policy", "spam_report", "unsubscribed", "delivered", "repeated", "delayed", "ignored",
         "unreadable", "forged"}  # fmt: skip
SHAPES = (
    samples.postfix,
    samples.exchange,
    samples.international,
    samples.qmail,
    samples.exim,
    samples.absent,
    samples.abuse,
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
ODD = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([
        b"\r\n", b"\r\n\r\n", b"--b", b"Content-Type: message/delivery-status", b"Content-Transfer-Encoding: base64\r\n",
        b"boundary*0*=\"x", b"charset=\"\xff\"", b"=?utf-8?b?/w==?=", b"Action: failed\r\nStatus: 5.1.1\r\n", b"\x00" * 20,
        b"Content-Transfer-Encoding: x-uuencode\r\n", b"Status: 5.1.1", b"\xed\xa0\x80", b"5" * 300,
        b"Content-Type: text/plain; charset=idna",
    ]),
)  # fmt: skip


class Two(Post):
    """A shop with one mail to Anna and one to Borys, in which every example begins anew."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.anna, self.borys = (self.path(self.mail_to(name)) for name in ("Anna", "Borys"))

    def answers(self, raw: bytes, harmed: set[str]) -> None:
        """Takes a mail, and demands that at most these have lost anything by it."""
        with self.store.database.atomic() as transaction:
            assert self.comes_back(raw) in WORDS
            assert lost() <= harmed
            transaction.rollback()


@pytest.fixture
def post(sqlite_url: str) -> Iterator[Two]:
    """SQLite alone: what is asked is how mails are read."""
    store = open_store(sqlite_url)
    with store.use():
        yield Two(store)
    store.close()


def lost() -> set[str]:
    """Returns who is suppressed or has been taken for withdrawn."""
    suppressed = {row.email.partition("@")[0] for row in Address.select() if row.suppressed_at is not None}
    return suppressed | {row.customer.external_id for row in ConsentChange.select() if not row.granted}


@QUICK
@given(raw=st.binary(max_size=3000))
def test_any_bytes_are_answered_and_harm_nobody(post: Two, raw: bytes) -> None:
    post.answers(raw, set())


@QUICK
@given(data=st.data())
def test_a_bent_report_without_a_true_word_harms_nobody(post: Two, data: st.DataObject) -> None:
    forged = post.anna.replace(post.anna[-20:-15], "aaaaa")
    assert messages_in(KEY, [forged]) == set()
    post.answers(bent(data, data.draw(st.sampled_from(SHAPES))(forged)), set())


@QUICK
@given(data=st.data())
def test_a_bent_report_with_a_true_word_harms_at_most_whom_it_names(post: Two, data: st.DataObject) -> None:
    post.answers(bent(data, data.draw(st.sampled_from(SHAPES))(post.anna)), {"anna"})


@QUICK
@given(data=st.data())
def test_two_reports_spliced_harm_nobody_who_did_not_come_back(post: Two, data: st.DataObject) -> None:
    one, two = (data.draw(st.sampled_from(SHAPES)) for _ in range(2))
    first, second = one("bounces@optyk.example"), two(post.anna)
    cut, place = data.draw(st.integers(0, len(first))), data.draw(st.integers(0, len(second)))
    post.answers(first[:cut] + second[place:], {"anna"})


@QUICK
@given(data=st.data())
def test_two_true_words_spliced_harm_nobody_else(post: Two, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(post.anna)))
    spliced = post.anna[:place] + post.borys[place:]
    harmed = {name for name, path in (("anna", post.anna), ("borys", post.borys)) if path == spliced}
    post.answers(samples.postfix(spliced), harmed)


def bent(data: st.DataObject, raw: bytes) -> bytes:
    """Cuts pieces out of a mail and puts odd ones in."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.sampled_from([0, 0, 1, 5, 60, 400])))
        raw = raw[:start] + data.draw(ODD) + raw[end:]
    return raw


def test_a_mail_nested_without_end_is_answered(post: Two) -> None:
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    assert post.comes_back(b"".join(level % (n, n) for n in range(5_000))) in ("unreadable", "ignored")
    folded = b"Content-Type: message/rfc822\r\n\r\n" * 5_000
    assert post.comes_back(folded) in ("unreadable", "ignored")


def test_a_report_of_a_thousand_recipients_is_read_in_a_moment(post: Two) -> None:
    path = post.anna
    one = b"\r\nFinal-Recipient: rfc822; x@example.com\r\nAction: delayed\r\nStatus: 4.2.2\r\n"
    raw = samples.postfix(path, action="delayed", status="4.2.2")
    place = raw.index(b"\r\nFinal-Recipient")
    assert post.comes_back(raw[:place] + one * 2_000 + raw[place:]) == "delayed"


def test_long_headers_cost_no_time(post: Two) -> None:
    for letter in ("a@", "<", "5.1.", "1-", '"', "(", "=?", "no such "):
        raw = f"To: {letter * 60_000}\r\nSubject: {letter * 60_000}\r\n\r\n{letter * 60_000}".encode()
        assert post.comes_back(raw) in WORDS
        told = samples.postfix(post.anna, diagnostic=letter * 50_000, status="5.0.0")
        assert post.comes_back(told) in WORDS


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_samples_are_read_as_their_servers_meant(shape: object) -> None:
    """So that what is bent above is worth bending."""
    meant = {"absent": "ignored", "abuse": "spam_report"}
    name = getattr(shape, "__name__", "")
    report = read_mail(shape("bounces+1-aaaaaaaaaaaaaaaa@optyk.example"))  # type: ignore[operator]
    assert report.what == meant.get(name, "bounce")
    assert name == "absent" or any(re.search("(?i)1-a{16}", text) for text in report.texts)
