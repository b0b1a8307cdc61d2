"""How fast mail goes to each provider at present, and how much waits for it: what an operator sees of the paces."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from engine.config import Config
from engine.outbox.claim import WAITING
from engine.outbox.pace import Bucket, read_buckets
from models import Message
from models.pace import WHOLE


@dataclass(frozen=True, slots=True)
class Paced:
    """One provider: its present pace in mails a minute (None: no limit), how much waits, and when and by what it was slowed."""

    group: str
    a_minute: float | None
    share: float  # of its configured pace, from 0 to 1
    waiting: int
    slowed_at: int | None
    reply: str | None


def paces(config: Config, now: int) -> list[Paced]:
    """Lists all providers, in the order of config.yaml."""
    rows = Message.select(Message.domain_group, fn.COUNT(Message.id)).where(Message.state << WAITING)
    waiting: dict[str, int] = dict(rows.group_by(Message.domain_group).tuples())
    return [
        _paced(group, bucket, waiting.get(group, 0))
        for group, bucket in read_buckets(config.pace, now).items()
    ]


def _paced(group: str, bucket: Bucket, waiting: int) -> Paced:
    slowed = bucket.present_share < WHOLE
    return Paced(
        group, bucket.a_minute if bucket.limited else None, bucket.present_share / WHOLE, waiting,
        bucket.slowed_at if slowed else None, bucket.reply if slowed else None,
    )  # fmt: skip


def held_back(config: Config, now: int) -> list[Paced]:
    """Lists the providers that are slowed, or for whose pace mail waits."""
    return [
        each for each in paces(config, now) if each.slowed_at or (each.waiting and each.a_minute is not None)
    ]
