"""What comes back from mail, what an address was suppressed for and by whom it was let go, and how each way fares."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, ForeignKeyField, TextField

from models.base import Instant, Table
from models.people import Address, Customer, Shop
from models.sending import Message


class Feedback(Table):
    """What came back of one mail: one row of a kind, however often and by whichever way it is told."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    address = ForeignKeyField(Address, on_delete="CASCADE", index=False)
    message = ForeignKeyField(Message, on_delete="CASCADE", index=False)
    kind = CharField(max_length=16)  # hard | soft | policy | spam_report | unsubscribed
    status = CharField(null=True, max_length=12)  # RFC 3463, as 5.1.1
    said = TextField(null=True)  # the other server's words, without addresses
    source = CharField(max_length=16)  # relay, dsn, arf, ses, postmark, …
    at = Instant()  # when it was learned

    class Meta:
        indexes = (
            (("message", "kind"), True),
            (("address", "kind", "at"), False),
            (("customer",), False),
            (("shop", "at"), False),
        )


class Suppression(Table):
    """One line of an address's story: suppressed, paused or let go, why, by whom and because of what. Append-only."""

    address = ForeignKeyField(Address, on_delete="CASCADE", index=False)
    at = Instant()
    act = CharField(max_length=16)  # suppressed | paused | lifted
    reason = CharField(max_length=64)  # hard_bounce, soft_bounces, spam_report, by_hand, erased, …
    until_at = Instant(null=True)  # of a pause
    author = CharField(null=True)  # null: the server by itself
    note = TextField(null=True)  # what the author gave as the reason
    message = ForeignKeyField(Message, null=True, on_delete="SET NULL", index=False)  # which came back

    class Meta:
        indexes = ((("address", "at"), False), (("message",), False))


class FeedbackCount(Table):
    """How often each way brought each thing: kinds, and what was ignored, forged, unreadable or denied."""

    source = CharField(max_length=16)
    what = CharField(max_length=16)
    number = BigIntegerField(default=0)
    last_at = Instant()
    said = TextField(null=True)  # of the last one that was not good

    class Meta:
        indexes = ((("source", "what"), True),)


class SeenToken(Table):
    """A word that a mail service may use once: the same again is a replay."""

    digest = CharField(unique=True, max_length=64)
    at = Instant(index=True)


class MailboxRead(Table):
    """How far a mailbox of returned mail has been read, and who is reading it."""

    name = CharField(unique=True, max_length=255)
    uid_validity = BigIntegerField(default=0)
    uid = BigIntegerField(default=0)  # the last that is done with
    lease_until_at = Instant(default=0)
    read_at = Instant(null=True)  # wholly, without a fault
    error = TextField(null=True)
    error_at = Instant(null=True)


# Hardly any mail comes back and hardly any address is suppressed: the indexes hold only those.
Message.add_index(
    Message.index(
        Message.shop, Message.returned_at, where=Message.returned.is_null(False), name="mails_that_came_back"
    )
)
Address.add_index(
    Address.index(
        Address.suppressed_reason, where=Address.suppressed_at.is_null(False), name="suppressed_addresses"
    )
)
Address.add_index(
    Address.index(
        Address.suppressed_until_at, where=Address.suppressed_until_at.is_null(False), name="paused_addresses"
    )
)
