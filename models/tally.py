"""How often something has happened since the store was made: what /metrics tells, where rows are thrown away in time."""

from __future__ import annotations

from peewee import BigIntegerField, CharField

from models.base import Table


class Tally(Table):
    """One counter: its name, and by what it is told apart from others of the name."""

    name = CharField(max_length=64)
    labels = CharField(max_length=255)  # as Prometheus writes them: purpose="marketing",state="sent"
    count = BigIntegerField(default=0)

    class Meta:
        indexes = ((("name", "labels"), True),)
