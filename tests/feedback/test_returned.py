"""What comes back of a mail: what is done to the address, and what must never be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.clock import DAY
from engine.consent.returned import lately_refused, note_refused
from engine.consent.suppression import end_pauses, lift
from engine.store import Store, open_store
from models import Change, Feedback, Message
from tests.feedback import samples
from tests.feedback.post import Post, counts, kept
from tests.outbox.shop import states


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


@pytest.fixture
def reader(sqlite_url: str) -> Iterator[Post]:
    """The same on SQLite alone, where what is asked is only how words are read."""
    opened = open_store(sqlite_url)
    with opened.use():
        yield Post(opened)
    opened.close()


@pytest.mark.parametrize("told", [samples.postfix, samples.exchange, samples.international, samples.qmail])
def test_a_mailbox_that_does_not_exist_gets_nothing_any_more(post: Post, told: object) -> None:
    mail = post.mail_to("Anna")
    assert post.comes_back(told(post.path(mail))) == "hard"  # type: ignore[operator]
    assert post.suppressed_for("Anna") == "hard_bounce"
    assert (post.again(mail).state, post.again(mail).returned) == ("sent", "hard")
    assert post.story("Anna") == [("suppressed", "hard_bounce")]
    assert post.consents("Anna") == {"marketing": True}  # whoever is not there has withdrawn nothing


def test_what_waits_for_an_address_that_is_gone_is_cancelled(post: Post) -> None:
    mail = post.mail_to("Anna")
    (waiting,) = post.optician.queue(post.optician.draft(mail.customer, rule="next"))
    post.comes_back(samples.postfix(post.path(mail)))
    assert (states(waiting), post.again(waiting).reason) == (["cancelled"], "suppressed")
    assert (
        Change.select().where(Change.customer == mail.customer).count() == 1
    )  # the tick asks again what is held


def test_a_forged_report_suppresses_nobody_and_is_counted(post: Post) -> None:
    anna, borys = post.mail_to("Anna"), post.mail_to("Borys")
    path = post.path(anna)
    word = path.partition("+")[2].partition("@")[0]
    number, _, digest = word.partition("-")
    forgeries = [
        "bounces@optyk.example",
        f"bounces+{number}-{'a' * 16}@optyk.example",
        f"bounces+{borys.id:x}-{digest}@optyk.example",  # Anna's digest under Borys's number
        f"bounces+{word[:-1]}@optyk.example",
        f"bounces+{word}2@optyk.example",
        f"bounces+0{word}@optyk.example",
        f"bounces+{anna.token}@optyk.example",
    ]
    for forged in forgeries:
        assert post.comes_back(samples.postfix(forged)) == "forged", forged
    assert [post.suppressed_for(name) for name in ("Anna", "Borys")] == [None, None]
    assert kept() == []
    assert counts() == {("dsn", "forged"): len(forgeries)}


def test_two_words_in_one_report_prove_nothing(post: Post) -> None:
    paths = f"{post.path(post.mail_to('Anna'))}, {post.path(post.mail_to('Borys'))}"
    assert post.comes_back(samples.postfix(paths)) == "forged"


def test_the_words_of_another_home_prove_nothing(post: Post) -> None:
    told = samples.postfix(post.path(post.mail_to("Anna")))
    post.store.secret = b"another home's key"
    assert post.comes_back(told) == "forged"
    post.store.secret = b""
    assert post.comes_back(told) == "forged"


@pytest.mark.parametrize("days", [31, -1])
def test_what_tells_of_an_old_mail_or_of_one_to_come_is_not_believed(post: Post, days: int) -> None:
    mail = post.mail_to("Anna")
    post.days_pass(days)
    assert post.comes_back(samples.postfix(post.path(mail))) == "forged"
    Message.update(sending_at=None).execute()
    assert post.comes_back(samples.postfix(post.path(mail))) == "forged"


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded", "Delayed (will retry)"])
def test_a_mail_that_waits_or_went_on_has_not_come_back(reader: Post, action: str) -> None:
    mail = reader.mail_to("Anna")
    word = reader.comes_back(samples.postfix(reader.path(mail), "4.4.1", "connection timed out", action))
    assert word == ("delayed" if action.lower().startswith("delayed") else "ignored")
    assert (kept(), reader.again(mail).returned, reader.suppressed_for("Anna")) == ([], None, None)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", samples.NO_SUCH, "hard"), ("5.1.2", "550 5.1.2 no such domain", "hard"), ("5.1.10", "", "hard"),
        ("5.0.0", "550 No such user here", "hard"), ("5.0.0", "550 5.1.1 unknown", "hard"),
        ("5.7.1", "550 5.7.1 message rejected as spam", "policy"), ("5.7.26", "unauthenticated", "policy"),
        ("5.1.1", "550 5.7.1 blocked: user unknown", "policy"), ("5.0.0", "550-5.7.509 DMARC", "policy"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft"), ("5.4.1", "550 5.4.1 access denied", "soft"),
        ("4.4.7", "message expired", "soft"), ("5.1.1", "450 4.1.1 unknown for now", "soft"),
        ("5.0.0", "550 blocked by our policy: user unknown", "soft"), ("5.0.0", "what is this", "soft"),
        ("5.0.0", "550 5.7.1 client host [185.1.1.7] blocked", "policy"), ("5.0.0", "550 5.2.2 full [10.5.1.1]", "soft"),
        ("5.0.0", "550 unavailable; client host [95.1.2.44]", "soft"), ("5.0.0", "550 #5.1.1 unknown", "hard"),
        ("5.1.11", "", "soft"), ("5.2.1", "550 5.2.1 disabled", "soft"), ("x", "", "soft"),
    ],
)  # fmt: skip
def test_only_what_says_that_there_is_nobody_is_hard(reader: Post, status: str, said: str, kind: str) -> None:
    mail = reader.mail_to("Anna")
    assert reader.comes_back(samples.postfix(reader.path(mail), status, said)) == kind
    assert reader.again(mail).returned == kind
    assert (reader.suppressed_for("Anna") is not None) == (kind == "hard")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Sorry, that is refused, whether or not there is no such user. (#5.7.1)", "policy"),
        ("192.0.2.1 said: 550 5.7.1 user unknown to [185.1.1.7]", "policy"),
        ("Remote host said: 550 5.1.1 user is gone", "hard"),
        ("Remote host [5.1.1.7] said: 550 gone for 185.1.1.7", "soft"),
    ],
)
def test_an_older_server_quotes_a_code_in_the_midst_of_its_words(reader: Post, said: str, kind: str) -> None:
    mail = reader.mail_to("Anna")
    assert reader.comes_back(samples.qmail(reader.path(mail), said)) == kind


def test_what_was_cut_off_a_long_refusal_still_spares_the_address(post: Post) -> None:
    mail = post.mail_to("Anna", state="refused")
    kept_of_it = {"reason": "refused_by_policy", "reply": "550 5.1.1 unknown"}  # and 5.7.1 in a later line
    Message.update(kept_of_it).where(Message.id == mail.id).execute()
    note_refused(post.store, post.config, [mail.id], post.now)
    assert (post.suppressed_for("Anna"), [kind for kind, _, _ in kept()]) == (None, ["policy"])


def test_the_third_soft_bounce_in_a_row_pauses_after_fourteen_days(post: Post) -> None:
    for day in (0, 6, 9):
        post.days_pass(day)
        mail = post.mail_to("Anna")
        assert post.suppressed_for("Anna") is None
        assert post.comes_back(samples.postfix(post.path(mail), "5.2.2", "552 5.2.2 full")) == "soft"
    assert post.suppressed_for("Anna") == "soft_bounces"
    assert post.address_of("Anna").suppressed_until_at == post.now + 30 * DAY
    assert post.story("Anna") == [("paused", "soft_bounces")]


def test_three_soft_bounces_within_days_pause_nobody(post: Post) -> None:
    for _ in range(4):
        post.days_pass(4)
        post.comes_back(samples.postfix(post.path(post.mail_to("Anna")), "5.2.2", "full"))
    assert post.suppressed_for("Anna") is None
    post.days_pass(2)
    post.comes_back(samples.postfix(post.path(post.mail_to("Anna")), "5.2.2", "full"))
    assert post.suppressed_for("Anna") == "soft_bounces"


def test_a_mail_that_arrived_between_begins_the_row_anew(post: Post) -> None:
    for day, bounces in ((0, True), (8, False), (8, True), (8, True)):
        post.days_pass(day)
        mail = post.mail_to("Anna")
        if bounces:
            post.comes_back(samples.postfix(post.path(mail), "5.2.2", "full"))
    assert post.suppressed_for("Anna") is None


def test_a_pause_ends_by_itself_and_the_next_soft_bounce_begins_it_again(post: Post) -> None:
    for _ in range(3):
        post.days_pass(8)
        post.comes_back(samples.postfix(post.path(post.mail_to("Anna")), "5.2.2", "full"))
    assert end_pauses(post.store, post.now + 30 * DAY - 1) == 0
    post.days_pass(30)
    assert end_pauses(post.store, post.now) == 1
    assert end_pauses(post.store, post.now) == 0
    assert post.suppressed_for("Anna") is None
    post.comes_back(samples.postfix(post.path(post.mail_to("Anna")), "5.2.2", "full"))
    assert post.suppressed_for("Anna") == "soft_bounces"
    assert post.story("Anna") == [(act, "soft_bounces") for act in ("paused", "lifted", "paused")]


def test_a_hard_bounce_takes_the_place_of_a_pause(post: Post) -> None:
    for _ in range(3):
        post.days_pass(8)
        mail = post.mail_to("Anna")
        post.comes_back(samples.postfix(post.path(mail), "5.2.2", "full"))
    assert post.comes_back(samples.postfix(post.path(mail))) == "hard"
    assert post.address_of("Anna").suppressed_until_at is None
    assert end_pauses(post.store, post.now + 400 * DAY) == 0
    assert post.suppressed_for("Anna") == "hard_bounce"


def test_the_same_report_again_is_no_news_even_after_the_address_was_let_go(post: Post) -> None:
    told = samples.postfix(post.path(post.mail_to("Anna")))
    assert [post.comes_back(told) for _ in range(3)] == ["hard", "repeated", "repeated"]
    lift(post.store, post.address_of("Anna").id, "Jolanta", "she wrote to us", post.now, "console")
    assert post.comes_back(told) == "repeated"
    assert post.suppressed_for("Anna") is None
    assert post.comes_back(samples.postfix(post.path(post.mail_to("Anna")))) == "hard"
    assert post.suppressed_for("Anna") == "hard_bounce"


def test_soft_bounces_before_an_address_was_let_go_are_forgiven(post: Post) -> None:
    for _ in range(3):
        post.days_pass(8)
        post.comes_back(samples.postfix(post.path(post.mail_to("Anna")), "5.2.2", "full"))
    lift(post.store, post.address_of("Anna").id, "Jolanta", None, post.now, "command")
    post.comes_back(samples.postfix(post.path(post.mail_to("Anna")), "5.2.2", "full"))
    assert post.suppressed_for("Anna") is None


def test_a_note_of_absence_is_no_bounce_whatever_it_says(post: Post) -> None:
    mail = post.mail_to("Anna")
    assert post.comes_back(samples.absent(post.path(mail))) == "ignored"
    assert (kept(), post.suppressed_for("Anna")) == ([], None)


def test_an_old_form_of_bounce_must_name_the_address_that_we_wrote_to(post: Post) -> None:
    mail = post.mail_to("Anna")
    assert post.comes_back(samples.qmail(post.path(mail), whom="borys@example.com")) == "forged"
    assert post.comes_back(samples.exim(post.path(mail))) == "soft"
    assert post.suppressed_for("Anna") is None


def test_what_the_envelope_says_is_enough(post: Post) -> None:
    told = samples.postfix("bounces@optyk.example")
    assert post.comes_back(told, to=post.path(post.mail_to("Anna"))) == "hard"


def test_a_report_about_a_mail_of_which_nobody_knew_settles_it(post: Post) -> None:
    lost = post.mail_to("Anna", state="unknown", rule="one")
    again = post.mail_to("Borys", purpose="transactional", state="queued")
    Message.update(reason="unknown 1").where(Message.id == again.id).execute()
    post.comes_back(samples.postfix(post.path(lost), "5.2.2", "full"))
    post.comes_back(samples.postfix(post.path(again), "5.2.2", "full").replace(b"anna@", b"borys@"))
    assert states(lost.id, again.id) == ["sent", "sent"]


def test_what_came_back_keeps_nobodys_address_and_no_control_characters(post: Post) -> None:
    mail = post.mail_to("Anna")
    said = "550 5.1.1 <anna@example.com> \x1b[31m\x00 unknown\u202e; see postmaster@example.com" + "x" * 2000
    post.comes_back(samples.postfix(post.path(mail), "5.1.1", said))
    words = Feedback.get().said
    assert "550 5.1.1" in words
    assert len(words) <= 500
    assert not any(bad in words for bad in ("anna", "@example", "\x1b", "\x00", "\u202e"))


def test_what_a_crash_left_out_after_a_refusal_is_made_up_for(post: Post) -> None:
    mail = post.mail_to("Anna", state="refused")
    Message.update(reason="hard_bounce", reply="550 5.1.1 unknown").where(Message.id == mail.id).execute()
    assert lately_refused(post.now - DAY) == []
    assert note_refused(post.store, post.config, lately_refused(post.now), post.now) == 1
    assert (post.suppressed_for("Anna"), kept()) == ("hard_bounce", [("hard", "5.1.1", "relay")])
    assert lately_refused(post.now) == []


def test_mails_put_off_for_two_days_are_soft_bounces(post: Post) -> None:
    for _ in range(3):
        mail = post.mail_to("Anna", state="refused")
        given_up = {"reason": "deferred_too_long", "reply": "450 user unknown for now"}
        Message.update(given_up).where(Message.id == mail.id).execute()
        note_refused(post.store, post.config, [mail.id], post.now)
        post.days_pass(8)
    assert post.suppressed_for("Anna") == "soft_bounces"
    assert [kind for kind, _, _ in kept()] == ["soft"] * 3
