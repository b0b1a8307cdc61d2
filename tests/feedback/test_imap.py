"""The mailbox of returned mail, read in a real conversation: each report once, and nothing else touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.clock import MINUTE
from engine.errors import ConfigError
from engine.feedback import imap
from engine.feedback.imap import MailboxAway, read_mailbox
from engine.roles.housekeeping import housekeeping, take_returned
from engine.store import Store
from models import MailboxRead
from tests.certificates import write_pair
from tests.feedback import samples
from tests.feedback.imap_server import PASSWORD, USER, ImapServer
from tests.feedback.post import Post, counts, shop_with


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


def point(post: Post, server: ImapServer, **changed: Any) -> None:
    """Names the server in the config."""
    said = {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": USER, "password": PASSWORD,
            "timeout_seconds": 5}  # fmt: skip
    post.config = shop_with(feedback={"imap": said | changed})


def read(post: Post) -> dict[str, int] | None:
    return read_mailbox(post.store, post.config, lambda: post.now)


def test_bounces_and_spam_reports_are_taken_once_and_marked_as_seen(post: Post) -> None:
    anna, borys = post.mail_to("Anna"), post.mail_to("Borys")
    with ImapServer() as server:
        point(post, server)
        gone = server.put(samples.postfix(post.path(anna)))
        spam = server.put(samples.abuse(post.path(borys)))
        letter = server.put(samples.crlf("From: anna@example.com\nSubject: Question\n\nWhen do you open?\n"))
        assert read(post) == {"hard": 1, "spam_report": 1, "ignored": 1}
        assert read(post) == {}
        assert (server.flags[gone], server.flags[spam], server.flags[letter]) == (
            {"\\Seen"},
            {"\\Seen"},
            set(),
        )
        server.put(samples.postfix("bounces@optyk.example"))
        assert read(post) == {"forged": 1}
    assert (post.suppressed_for("Anna"), post.consents("Borys")["marketing"]) == ("hard_bounce", False)
    assert counts()[("imap", "hard")] == 1
    assert not any(said.startswith(("STORE", "EXPUNGE")) or "\\Deleted" in said for said in server.said)


def test_what_was_taken_is_deleted_where_the_operator_says_so_and_nothing_else(post: Post) -> None:
    with ImapServer() as server:
        point(post, server, done="delete")
        server.put(samples.postfix(post.path(post.mail_to("Anna"))))
        forged = server.put(samples.postfix("bounces@optyk.example"))
        by_hand = server.put(b"Subject: x\r\n\r\n")
        server.flags[by_hand].add("\\Deleted")
        read(post)
        assert list(server.mails) == [forged, by_hand]


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(post: Post) -> None:
    with ImapServer() as server:
        point(post, server)
        told = samples.postfix(post.path(post.mail_to("Anna")))
        server.put(told)
        read(post)
        server.validity = 8
        assert read(post) == {"repeated": 1}


def test_a_reader_that_is_cut_off_goes_on_where_it_was(post: Post) -> None:
    with ImapServer() as server:
        point(post, server)
        server.put(samples.postfix(post.path(post.mail_to("Anna"))))
        server.put(samples.postfix(post.path(post.mail_to("Borys"))))
        server.hang_up_at = "UID FETCH 2"
        with pytest.raises(MailboxAway):
            read(post)
        row = MailboxRead.get()
        assert (row.uid, row.read_at, row.error_at) == (1, None, post.now)
        server.hang_up_at = ""
        assert read(post) == {"hard": 1}
    row = MailboxRead.get()
    assert (row.uid, row.read_at, row.error) == (2, post.now, None)
    assert counts() == {("imap", "hard"): 2}


def test_two_processes_do_not_read_one_mailbox_at_once(post: Post) -> None:
    with ImapServer() as server:
        point(post, server)
        read(post)
        MailboxRead.update(lease_until_at=post.now).execute()
        assert read(post) is None
        post.now += MINUTE
        assert read(post) == {}


def test_only_the_front_of_a_huge_mail_is_fetched(post: Post) -> None:
    told = samples.postfix(post.path(post.mail_to("Anna")))
    with ImapServer() as server:
        point(post, server)
        server.put(told + b"x" * 3_000_000)
        assert read(post) == {"hard": 1}
    assert any(f"<0.{imap.LARGEST}>" in said for said in server.said)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_the_way_is_encrypted_and_the_certificate_looked_at(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    pair = write_pair(tmp_path)
    with ImapServer("STARTTLS AUTH=PLAIN", pair, implicit=tls == "implicit") as server:
        point(post, server, tls=tls, host="localhost")
        with pytest.raises(MailboxAway, match=r"(?i)certificate"):
            read(post)
        assert not any("AUTHENTICATE" in said for said in server.said)
        monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
        server.put(samples.postfix(post.path(post.mail_to("Anna"))))
        assert read(post) == {"hard": 1}


def test_a_server_that_strips_starttls_gets_no_password(post: Post) -> None:
    with ImapServer("AUTH=PLAIN") as server:
        point(post, server, tls="starttls")
        with pytest.raises(MailboxAway, match="TLS"):
            read(post)
        assert not any("AUTHENTICATE" in said or "LOGIN" in said for said in server.said)


def test_a_password_never_leaves_this_machine_unencrypted(post: Post) -> None:
    post.config = shop_with(
        feedback={"imap": {"host": "imap.example.com", "tls": "none", "username": "u", "password": "p"}}
    )
    with pytest.raises(MailboxAway, match="unencrypted"):
        read(post)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"password": "wrong"}, "wrong password"), ({"folder": "Bounces"}, "no such folder"), ({"port": 1}, "refused")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_kept_for_the_doctor(
    post: Post, changed: dict[str, Any], said: str
) -> None:
    with ImapServer() as server:
        point(post, server, **changed)
        with pytest.raises(MailboxAway, match=said):
            read(post)
        row = MailboxRead.get()
        assert (row.error_at, row.lease_until_at) == (post.now, 0)
        assert said in row.error


def test_a_server_without_plain_authentication_takes_no_polish_password(post: Post) -> None:
    with ImapServer("") as server:
        point(post, server)
        with pytest.raises(MailboxAway, match="such letters"):
            read(post)
        point(post, server, password="in plain letters")
        assert read(post) == {}
        assert any(said.startswith("LOGIN") for said in server.said)


def test_the_clock_reads_the_mailbox_where_there_is_one(post: Post, tmp_path: Path) -> None:
    class Home:
        store, path = post.store, tmp_path
        config = post.config

        class clock:
            now = staticmethod(lambda: post.now)

    home: Any = Home()
    usual = len(housekeeping(home))
    with ImapServer() as server:
        point(post, server, every_minutes=5)
        home.config = post.config
        server.put(samples.postfix(post.path(post.mail_to("Anna"))))
        assert sorted(housekeeping(home).values())[-1] == 3600
        assert len(housekeeping(home)) == usual + 1
        take_returned(home)
    assert post.suppressed_for("Anna") == "hard_bounce"
    take_returned(home)  # the server is away now: a line in the log and no fault


def test_a_folder_cannot_smuggle_a_command() -> None:
    with pytest.raises(ConfigError, match="folder"):
        shop_with(
            feedback={"imap": {"host": "h", "username": "u", "password": "p", "folder": 'X"\r\nA1 DELETE "Y'}}
        )
