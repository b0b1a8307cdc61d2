"""The outbox as people look at it: how many mails in each state, and the mails of one."""

from __future__ import annotations

from peewee import fn

from models import Message

PAGE = 50


def states(shop_id: int) -> dict[str, int]:
    """Counts the shop's mails by state."""
    rows = (
        Message.select(Message.state, fn.COUNT(Message.id))
        .where(Message.shop == shop_id)
        .group_by(Message.state)
    )
    return dict(rows.tuples())


def messages(
    shop_id: int, state: str | None = None, rule: str | None = None, before: int | None = None
) -> list[Message]:
    """Lists up to 51 mails, the newest first, one more than a page; `before` is the last id of the page before."""
    found = Message.select().where(Message.shop == shop_id)
    if state:
        found = found.where(Message.state == state)
    if rule:
        found = found.where(Message.rule == rule)
    if before is not None:
        found = found.where(Message.id < before)
    return list(found.order_by(Message.id.desc()).limit(PAGE + 1))
