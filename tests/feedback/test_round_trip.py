"""From the queue over a real socket, back through a real mailbox: the bounce of a mail that really left."""

from __future__ import annotations

import re

from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.feedback.imap import read_mailbox
from engine.store import Store
from models import Message
from tests.delivery.mails import SHIPPED
from tests.delivery.sink import Sink
from tests.delivery.test_sender import Standing
from tests.feedback import samples
from tests.feedback.imap_server import PASSWORD, USER, ImapServer
from tests.feedback.post import KEY, Post, kept, shop_with
from tests.outbox.shop import states


def test_a_mail_leaves_comes_back_and_no_other_follows(store: Store) -> None:
    with Sink() as sink, ImapServer() as box:
        imap = {"host": "127.0.0.1", "port": box.port, "tls": "none", "username": USER, "password": PASSWORD}
        relay = {"host": "127.0.0.1", "port": sink.port, "timeout_seconds": 5}
        post = Post(store, shop_with(relay=relay, feedback={"imap": imap}))
        anna, borys = (post.optician.customer(name) for name in ("Anna", "Borys"))
        first = post.optician.queue(*(post.optician.draft(each) for each in (anna, borys)))
        send(post)
        paths = {to(raw): path for raw, path in zip(sink.accepted, map(sender_of, sink.senders), strict=True)}
        box.put(samples.postfix(paths["anna@example.com"]))
        copy = f"Return-Path: <{paths['borys@example.com']}>\n" + sink.accepted[-1].decode().replace(
            "\r\n", "\n"
        )
        box.put(samples.abuse(None, original=copy.replace("{", "{{").replace("}", "}}")))
        assert read_mailbox(store, post.config, lambda: post.now) == {"hard": 1, "spam_report": 1}
        after = post.optician.queue(
            *(post.optician.draft(each, rule="next") for each in (anna, borys)),
            post.optician.draft(borys, purpose="transactional", rule="thanks"),
        )
        send(post)
        assert states(*first, *after) == ["sent", "sent", "cancelled", "cancelled", "sent"]
        reasons = [Message.get_by_id(key).reason for key in after]
        assert reasons == ["suppressed", "no_consent", None]
    assert kept() == [("hard", "5.1.1", "imap"), ("spam_report", None, "imap")]


def send(post: Post) -> None:
    """Sends what is queued, as the sender's process does."""
    pool = Pool(post.config.relay)
    try:
        Sender(post.store, post.config, Templates(SHIPPED), pool, Standing(), "w1", key=KEY).send_due()
    finally:
        pool.close()


def sender_of(command: str) -> str:
    found = re.search(r"FROM:<([^>]+)>", command)
    assert found
    return found[1]


def to(raw: bytes) -> str:
    found = re.search(rb"(?m)^To: .*?([a-z]+@example\.com)", raw)
    assert found
    return found[1].decode()
