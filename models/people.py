"""Shops, addresses and customers, and what customers were before."""

from __future__ import annotations

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Json, Table


class Shop(Table):
    """A shop of this server, as config.yaml names it."""

    key = CharField(unique=True, max_length=64)
    name = CharField()
    timezone = CharField(max_length=64)
    currency = CharField(max_length=3)
    country = CharField(max_length=2)
    language = CharField(max_length=8)


class ZoneInUse(Table):
    """The zones that a shop's customers live in: few, so that a tick can ask zone by zone."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    zone = CharField(max_length=64)

    class Meta:
        indexes = ((("shop", "zone"), True),)


class Address(Table):
    """One mailbox. Its row is what sending, withdrawal, suppression and erasure lock."""

    email = CharField(unique=True, max_length=320)  # normalised: lower case, ASCII domain
    suppressed_at = Instant(null=True)
    suppressed_reason = CharField(null=True, max_length=64)
    suppressed_until_at = Instant(null=True)  # only paused: until when
    created_at = Instant()


class CustomerFields(Table):
    """The fields that rules may ask; shared with their former versions."""

    first_name = CharField(null=True)
    last_name = CharField(null=True)
    gender = CharField(null=True, max_length=16)
    birthday = CharField(null=True, max_length=10)  # YYYY-MM-DD
    birth_day = IntegerField(null=True, index=True)  # month * 100 + day
    phone = CharField(null=True, max_length=32)
    city = CharField(null=True)
    region = CharField(null=True)
    country = CharField(null=True, max_length=2)
    language = CharField(null=True, max_length=8)
    timezone = CharField(null=True, max_length=64)  # as the shop said
    zone = CharField(max_length=64)  # the one that counts: said, else the country's, else the shop's
    tags = Json(default=list)
    attributes = Json(default=dict)


class Customer(CustomerFields):
    """Somebody who bought or signed up, as known now."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    external_id = CharField(null=True, max_length=128)  # guests have none
    address = ForeignKeyField(Address, null=True, on_delete="SET NULL")
    email = CharField(null=True, max_length=320)  # as the shop wrote it
    source = CharField(null=True, max_length=64)
    signed_up_at = Instant()  # first known
    recorded_at = Instant()  # when the server learned of the customer
    updated_at = Instant()  # the version of the shop's own that these fields come from
    erased_at = Instant(null=True)

    class Meta:
        indexes = (
            (("shop", "external_id"), True),
            (("shop", "zone", "signed_up_at"), False),
        )


class CustomerVersion(CustomerFields):
    """What a customer was until `until_at`, when something newer was learned."""

    customer = ForeignKeyField(Customer, on_delete="CASCADE", index=False)
    address = ForeignKeyField(
        Address, null=True, on_delete="SET NULL", index=False
    )  # a mailbox that was theirs
    recorded_at = Instant()
    until_at = Instant()

    class Meta:
        indexes = ((("customer", "until_at"), False),)


class ConsentChange(Table):
    """One line of the consent ledger: somebody consented, withdrew, or wished something else. Append-only, and chained.

    What a line's purpose begins with, up to a colon, is what it is about where that is no purpose: engine/consent/kinds.py.
    """

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", index=False)
    external_customer = CharField(
        null=True, max_length=320
    )  # named before the customer is known: "id:…" or "email:…"
    purpose = CharField(max_length=80)  # or `rule:ID`: the mails of that rule alone
    granted = BooleanField()
    at = Instant()
    recorded_at = Instant()
    source = CharField(null=True, max_length=64)
    wording = TextField(null=True)
    version = CharField(null=True, max_length=64)  # of the wording, as the shop names it
    basis = CharField(null=True, max_length=16)  # of a grant: explicit | soft_opt_in
    detail = CharField(null=True, max_length=64)  # a wish's value, or why a line is not used
    request_address = CharField(null=True, max_length=64)  # from where it was said: an IP address
    proof = CharField(null=True, max_length=500)  # the document that shows what was brought in as history
    asked_at = Instant(null=True)  # double opt-in: when it was said first …
    confirmed_at = Instant(null=True)  # … and when it was confirmed from the mailbox
    whose = CharField(null=True, max_length=64)  # a keyed digest, which outlives the name
    sealed = CharField(null=True, max_length=64)  # a keyed digest of what an erasure takes away
    digest = CharField(null=True, max_length=64)  # of this line and those before; null: older than the chain

    class Meta:
        indexes = (
            (("customer", "purpose", "at"), False),
            (("shop", "granted", "at"), False),
            (("shop", "external_customer"), False),
        )


class LedgerHead(Table):
    """Where a shop's chain of ledger lines ends: its row is what those who append wait for."""

    shop = ForeignKeyField(Shop, unique=True, on_delete="CASCADE")
    before = IntegerField()  # lines that are older than the chain
    lines = IntegerField(default=0)  # of the chain
    digest = CharField(max_length=64)  # of the last line, or what the chain begins with


CustomerVersion.add_index(  # hardly anybody has had another mailbox: it holds only those
    CustomerVersion.index(
        CustomerVersion.address, where=CustomerVersion.address.is_null(False), name="former_mailboxes"
    )
)
# The API's list of customers goes by it.
Customer.add_index(
    Customer.index(Customer.shop, Customer.updated_at, Customer.id, name="customers_as_updated")
)
