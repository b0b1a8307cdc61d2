"""Who may do what: API keys, repeated requests, people of the console, and small settings of the server."""

from __future__ import annotations

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Instant, Json, Table
from models.people import Shop


class ApiKey(Table):
    """A shop's key: shown once, kept as a hash."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    name = CharField()
    prefix = CharField(max_length=16)
    digest = CharField(unique=True, max_length=64)  # SHA-256 of the whole key
    scopes = Json(default=list)
    family = IntegerField(null=True)  # the first key of those that replaced one another; null: this one
    requests = IntegerField(null=True)  # a minute; null: as config.yaml says
    items = IntegerField(null=True)
    created_at = Instant()
    used_at = Instant(null=True)
    expires_at = Instant(null=True)  # it was replaced, and works until then
    revoked_at = Instant(null=True)


class Idempotency(Table):
    """The first answer to an Idempotency-Key, given again to whoever repeats the request."""

    shop = ForeignKeyField(Shop, on_delete="CASCADE", index=False)
    key = CharField(max_length=255)
    request = CharField(max_length=64)  # digest of method, path and body
    status = IntegerField()
    body = TextField()
    created_at = Instant(index=True)

    class Meta:
        indexes = ((("shop", "key"), True),)


class Role(Table):
    """A set of rights in the console: admin, marketer, viewer."""

    name = CharField(unique=True, max_length=32)
    description = TextField(null=True)


class User(Table):
    """Somebody who may log in to the console."""

    email = CharField(unique=True, max_length=320)
    password = CharField(max_length=255)
    active = BooleanField(default=True)
    fs_uniquifier = CharField(unique=True, max_length=64)
    language = CharField(default="en", max_length=8)
    created_at = Instant()


class UserRole(Table):
    """Which user has which role."""

    user = ForeignKeyField(User, backref="user_roles", on_delete="CASCADE", index=False)
    role = ForeignKeyField(Role, on_delete="CASCADE", index=False)

    class Meta:
        indexes = ((("user", "role"), True),)


class Setting(Table):
    """One small thing that the server must remember: which zones the config said, what is paused, the import's place."""

    name = CharField(unique=True, max_length=128)
    value = Json()


class Caught(Table):
    """A mail that the catcher took in place of a relay."""

    to = CharField(max_length=320)
    subject = TextField()
    raw = TextField()  # the bytes as latin-1, so that nothing is lost
    at = Instant(index=True)
    test = BooleanField(default=False)  # of test mode: it was never meant for anybody
